"""A lead changes, withdraws or reacts to something. None of it opens a turn or stops a reply.

The target may be older than what is remembered, or come later: what the provider said is recorded all the same.
"""

from __future__ import annotations

from domain.conversation import commands as cc
from domain.conversation import events as c
from domain.conversation.aggregate import Conversation
from domain.conversation.known import open_conversation
from domain.kernel.clock import to_us
from domain.kernel.errors import Refused
from domain.kernel.journey import Journey

Touch = cc.ReceiveEdit | cc.ReceiveDelete | cc.ReceiveReaction


def receive_edit(journey: Journey, command: cc.ReceiveEdit) -> None:
    """Refused: unknown_conversation, journey_closed, duplicate."""
    journey.record(
        _touched_conversation(journey, command),
        c.MessageEdited,
        conversation=command.conversation,
        provider_id=command.provider_id,
        target=command.target,
        text=command.text,
        provider_at=command.provider_at,
    )


def receive_delete(journey: Journey, command: cc.ReceiveDelete) -> None:
    """Refused: unknown_conversation, journey_closed, duplicate."""
    journey.record(
        _touched_conversation(journey, command),
        c.MessageDeleted,
        conversation=command.conversation,
        provider_id=command.provider_id,
        target=command.target,
        provider_at=command.provider_at,
    )


def receive_reaction(journey: Journey, command: cc.ReceiveReaction) -> None:
    """Refused: unknown_conversation, journey_closed, duplicate."""
    journey.record(
        _touched_conversation(journey, command),
        c.ReactionReceived,
        conversation=command.conversation,
        provider_id=command.provider_id,
        target=command.target,
        reaction=command.reaction,
        provider_at=command.provider_at,
    )


def _touched_conversation(journey: Journey, command: Touch) -> Conversation:
    """Some providers give an edit the id of its target: that one is no duplicate."""
    conversation = open_conversation(journey, command)
    own_id = command.provider_id != command.target
    if own_id and conversation.incoming.has(command.provider_id, to_us(journey.at)):
        raise Refused("duplicate")
    return conversation
