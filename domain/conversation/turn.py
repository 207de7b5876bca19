"""The open turn: a burst of messages that gets one considered reply."""

from __future__ import annotations

from domain.conversation import commands as cc
from domain.conversation import events as c
from domain.conversation.aggregate import Conversation
from domain.conversation.known import open_conversation
from domain.conversation.parts import AskReason, CancelReason, Handling, Turn
from domain.conversation.policies import due_us
from domain.conversation.silence import ask_human, drop_turn
from domain.kernel.clock import to_us
from domain.kernel.errors import Refused
from domain.kernel.ids import derived
from domain.kernel.journey import Journey
from domain.lead.aggregate import Lead


def close_turn(journey: Journey, command: cc.CloseTurn) -> None:
    """The reply to all that is unanswered is in the making from now on. Ends the turn of a lead who opted out,
    or whom people have now, without one.

    That the window is over is the word of the runner: it has a clock, and the broker's may differ by more than a
    window. Refused: unknown_conversation, journey_closed, floor_taken, no_open_turn, stale_turn.
    """
    conversation = open_conversation(journey, command)
    turn, handling = conversation.turn, conversation.handling
    if conversation.people:
        raise Refused("floor_taken")
    if turn is None or turn.turn != command.turn or handling is None:
        raise Refused("no_open_turn")
    if turn.last_message != command.last_message:
        raise Refused("stale_turn")
    lead = journey.get(Lead, command.lead)
    if lead.opted_out:
        drop_turn(journey, conversation, turn.turn, CancelReason.OPT_OUT)
        return
    if lead.quiet:
        drop_turn(journey, conversation, turn.turn, CancelReason.HANDED_OFF)
        ask_human(journey, conversation, AskReason.HANDED_OFF)
        return
    journey.record(
        conversation,
        c.TurnClosed,
        conversation=conversation.key,
        turn=turn.turn,
        reply=derived("reply", turn.turn, turn.last_message),
        messages=tuple(conversation.unanswered),
        centurion=handling.centurion,
        centurion_version=handling.centurion_version,
        cancels=conversation.cancels,
        rules=handling.rules,
    )


def turn_with(journey: Journey, conversation: Conversation, handling: Handling, message: str) -> Turn:
    """The open turn with one more message, or a new one."""
    now, open_turn = to_us(journey.at), conversation.turn
    if open_turn is None:
        return turn_from(journey, now, now, handling, message)
    return Turn(
        turn=open_turn.turn,
        first_us=open_turn.first_us,
        last_us=now,
        due_us=due_us(open_turn.first_us, now, handling, now),
        last_message=message,
    )


def turn_from(journey: Journey, first_us: int, last_us: int, handling: Handling, last_message: str) -> Turn:
    """A new turn. One command opens at most one, so its id follows from the command's."""
    return Turn(
        turn=derived("turn", journey.context.command_id),
        first_us=first_us,
        last_us=last_us,
        due_us=due_us(first_us, last_us, handling, to_us(journey.at)),
        last_message=last_message,
    )


def waiting_turn(journey: Journey, conversation: Conversation) -> Turn | None:
    """The turn of the messages that came while a reply could not be stopped any more."""
    waiting, handling = conversation.waiting, conversation.handling
    if waiting is None or handling is None:
        return None
    return turn_from(journey, waiting.first_us, waiting.last_us, handling, conversation.unanswered[-1])
