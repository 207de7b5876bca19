"""A runner cannot carry out an effect of the conversation: it ends, and a human is asked."""

from __future__ import annotations

from domain.conversation.aggregate import Conversation
from domain.conversation.outcome import note_unknown
from domain.conversation.parts import AskReason, CancelReason
from domain.conversation.silence import ask_human, cancel_reply, drop_turn
from domain.kernel.errors import Refused
from domain.kernel.journey import Journey


def check_conversation_effect(conversation: Conversation, kind: str, key: str) -> None:
    """The effect is open. Refused: chunk_attempted (`resolve` says what comes of it), no_such_effect."""
    turn, reply, attempt = conversation.turn, conversation.reply, conversation.attempt
    attempted = attempt is not None and attempt.piece.chunk == key
    if kind == "chunk" and attempted:
        raise Refused("chunk_attempted")
    open_now = {
        "close_turn": turn is not None and turn.turn == key,
        "reply": reply is not None and reply.reply == key and not reply.made,
        "chunk": reply is not None and any(piece.chunk == key for piece in reply.pending),
        "resolve": attempted,
        "extract": conversation.reading is not None and key == conversation.key,
    }
    if not open_now.get(kind, False):
        raise Refused("no_such_effect")


def follow_dropped_effect(
    journey: Journey, conversation: Conversation, kind: str, reason: CancelReason, ask: AskReason
) -> None:
    """What its end means for the conversation. The effect was open: `check_conversation_effect`. Words that were not
    read for facts are read with the next turn's."""
    if kind == "extract":
        return
    if kind == "resolve":
        assert conversation.attempt is not None
        note_unknown(journey, conversation, conversation.attempt, ask)
        return
    if kind == "close_turn":
        assert conversation.turn is not None
        drop_turn(journey, conversation, conversation.turn.turn, reason)
    else:
        assert conversation.reply is not None
        cancel_reply(journey, conversation, conversation.reply.reply, reason)
    ask_human(journey, conversation, ask)
