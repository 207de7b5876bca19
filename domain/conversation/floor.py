"""Who speaks: people take the floor from the Centurion and give it back."""

from __future__ import annotations

from domain.conversation import commands as cc
from domain.conversation import events as c
from domain.conversation.aggregate import Conversation
from domain.conversation.known import open_conversation
from domain.conversation.parts import CancelReason, FloorReason
from domain.conversation.silence import fall_silent
from domain.conversation.turn import turn_from
from domain.kernel.clock import to_us
from domain.kernel.errors import Refused
from domain.kernel.journey import Journey
from domain.lead.aggregate import Lead


def take_floor(journey: Journey, command: cc.TakeFloor) -> None:
    """Refused: unknown_conversation, journey_closed, floor_already_taken."""
    conversation = open_conversation(journey, command)
    if conversation.people:
        raise Refused("floor_already_taken")
    hand_to_people(journey, conversation, FloorReason.TAKEN_IN_LEGION)


def give_floor_back(journey: Journey, command: cc.GiveFloorBack) -> None:
    """What is unanswered gets a turn, a window from now, if somebody is there to answer and may.

    Refused: unknown_conversation, journey_closed, floor_not_taken.
    """
    conversation = open_conversation(journey, command)
    if not conversation.people:
        raise Refused("floor_not_taken")
    handling, turn, lead = command.handling, None, journey.get(Lead, command.lead)
    if handling is not None and conversation.unanswered and not lead.opted_out and not lead.quiet:
        now = to_us(journey.at)
        turn = turn_from(journey, now, now, handling, conversation.unanswered[-1])
    journey.record(
        conversation,
        c.FloorGivenBack,
        conversation=conversation.key,
        by=_who(journey),
        turn=turn,
        handling=handling,
    )


def hand_to_people(journey: Journey, conversation: Conversation, reason: FloorReason) -> None:
    """The Centurion falls silent first, then people have the floor."""
    fall_silent(journey, conversation, CancelReason.FLOOR_TAKEN)
    journey.record(conversation, c.FloorTaken, conversation=conversation.key, reason=reason, by=_who(journey))


def _who(journey: Journey) -> str:
    actor = journey.context.actor
    return f"{actor.kind.value}:{actor.id}"
