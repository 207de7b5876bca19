"""The Centurion stops: the open turn, the reply and its unsent chunks end, a human is asked to look."""

from __future__ import annotations

from domain.conversation import events as c
from domain.conversation.aggregate import Conversation
from domain.conversation.parts import AskReason, CancelReason
from domain.kernel.journey import Journey


def fall_silent(
    journey: Journey, conversation: Conversation, reason: CancelReason, by_message: str | None = None
) -> None:
    """Ends the open turn and the reply, if there are; a chunk that is attempted may still show."""
    if conversation.turn is not None:
        drop_turn(journey, conversation, conversation.turn.turn, reason)
    if conversation.reply is not None:
        cancel_reply(journey, conversation, conversation.reply.reply, reason, by_message)


def drop_turn(journey: Journey, conversation: Conversation, turn: str, reason: CancelReason) -> None:
    journey.record(conversation, c.TurnDropped, conversation=conversation.key, turn=turn, reason=reason)


def cancel_reply(
    journey: Journey, conversation: Conversation, reply: str, reason: CancelReason, by_message: str | None = None
) -> None:
    journey.record(
        conversation,
        c.ReplyCancelled,
        conversation=conversation.key,
        reply=reply,
        reason=reason,
        by_message=by_message,
    )


def ask_human(journey: Journey, conversation: Conversation, reason: AskReason) -> None:
    journey.record(conversation, c.HumanAsked, conversation=conversation.key, reason=reason)
