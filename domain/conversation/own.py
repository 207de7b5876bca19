"""Our own number writes: the echo of a chunk, or a person of the company on the phone."""

from __future__ import annotations

from domain.conversation import commands as cc
from domain.conversation import events as c
from domain.conversation.aggregate import Conversation
from domain.conversation.floor import hand_to_people
from domain.conversation.outcome import note_sent
from domain.conversation.parts import FloorReason, SentHow
from domain.conversation.receipts import apply_parked
from domain.conversation.receive import check_place, start
from domain.conversation.state import Attempt
from domain.kernel.clock import to_us
from domain.kernel.errors import Refused
from domain.kernel.journey import Journey
from domain.lead.advance import answered
from domain.lead.aggregate import Lead
from domain.lead.decide import meet


def receive_own_message(journey: Journey, command: cc.ReceiveOwnMessage) -> None:
    """An echo resolves its attempt. Anything else was typed on the phone: the Centurion falls silent, unless it comes
    late: then it only stands on the timeline. Refused: journey_closed, wrong_conversation, echo_known.
    """
    lead = journey.get(Lead, command.lead)
    if lead.closed:
        raise Refused("journey_closed")
    conversation = journey.get(Conversation, command.conversation)
    check_place(conversation, command.lead, command.instance)
    if conversation.outgoing.has(command.provider_id, to_us(journey.at)):
        raise Refused("echo_known")
    attempt = _attempt_of(conversation, command.tag)
    if attempt is not None:
        note_sent(journey, conversation, attempt, command.provider_id, SentHow.ECHO)
        return
    meet(journey, lead, command.channel, command.aliases)
    start(journey, conversation, command.lead, command.instance, command.channel)
    journey.record(
        conversation,
        c.HumanMessageSent,
        conversation=conversation.key,
        message=command.message,
        provider_id=command.provider_id,
        kind=command.kind,
        provider_at=command.provider_at,
        text=command.text,
        content=command.content,
        quoted_id=command.quoted_id,
    )
    if not command.late:
        answered(journey, lead)
    apply_parked(journey, conversation, command.provider_id)
    if not command.late and not conversation.people:
        hand_to_people(journey, conversation, FloorReason.TYPED_ON_PHONE)


def _attempt_of(conversation: Conversation, tag: str | None) -> Attempt | None:
    """The attempt whose words these are: the open one first, else one of unknown outcome (few, so they are scanned)."""
    if tag is None:
        return None
    candidates = (conversation.attempt, *conversation.unknown.values())
    return next((attempt for attempt in candidates if attempt is not None and attempt.piece.tag == tag), None)
