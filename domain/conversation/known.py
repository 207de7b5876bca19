"""The conversation that a command names, or why it cannot be."""

from __future__ import annotations

from typing import Protocol

from domain.conversation.aggregate import Conversation
from domain.kernel.errors import Refused
from domain.kernel.journey import Journey
from domain.lead.aggregate import Lead


class Named(Protocol):
    """A command to a conversation."""

    @property
    def lead(self) -> str: ...
    @property
    def conversation(self) -> str: ...


def known_conversation(journey: Journey, command: Named) -> Conversation:
    """Refused: unknown_conversation, also when it is another lead's."""
    conversation = journey.get(Conversation, command.conversation)
    if conversation.lead != command.lead:
        raise Refused("unknown_conversation")
    return conversation


def open_conversation(journey: Journey, command: Named) -> Conversation:
    """Refused: unknown_conversation, journey_closed when the lead goes on in another journey."""
    conversation = known_conversation(journey, command)
    if journey.get(Lead, command.lead).closed:
        raise Refused("journey_closed")
    return conversation
