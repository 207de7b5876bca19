"""What came of an attempt: sent, refused for good, or nobody knows."""

from __future__ import annotations

from domain.conversation import commands as cc
from domain.conversation import events as c
from domain.conversation.aggregate import Conversation
from domain.conversation.chunk import open_claim
from domain.conversation.known import known_conversation
from domain.conversation.parts import AskReason, CancelReason, SentHow
from domain.conversation.receipts import apply_parked
from domain.conversation.silence import ask_human, cancel_reply
from domain.conversation.state import Attempt
from domain.conversation.turn import waiting_turn
from domain.kernel.journey import Journey
from domain.lead.advance import answered
from domain.lead.aggregate import Lead


def record_sent(journey: Journey, command: cc.RecordSent) -> None:
    """Counts also when the claim's outcome was unknown until now, or its reply was cancelled.

    Refused: unknown_conversation, claim_not_open.
    """
    conversation = known_conversation(journey, command)
    unknown = conversation.unknown.get(command.claim)
    if unknown is not None and unknown.piece.chunk == command.chunk:
        note_sent(journey, conversation, unknown, command.provider_id, command.how)
        return
    _, attempt = open_claim(journey, command)
    note_sent(journey, conversation, attempt, command.provider_id, command.how)


def record_chunk_failed(journey: Journey, command: cc.RecordChunkFailed) -> None:
    """The rest of the reply is not sent. Refused: unknown_conversation, claim_not_open."""
    conversation, attempt = open_claim(journey, command)
    journey.record(
        conversation,
        c.ChunkFailed,
        conversation=conversation.key,
        chunk=command.chunk,
        claim=command.claim,
        code=command.code,
    )
    if not _finish_reply(journey, conversation, attempt) and attempt.cancelled is None:
        cancel_reply(journey, conversation, attempt.reply, CancelReason.CHUNK_FAILED)
    ask_human(journey, conversation, AskReason.CHUNK_FAILED)


def record_outcome_unknown(journey: Journey, command: cc.RecordOutcomeUnknown) -> None:
    """Refused: unknown_conversation, claim_not_open."""
    conversation, attempt = open_claim(journey, command)
    note_unknown(journey, conversation, attempt, AskReason.OUTCOME_UNKNOWN)


def note_unknown(journey: Journey, conversation: Conversation, attempt: Attempt, ask: AskReason) -> None:
    """The later chunks of the conversation are not sent, of whichever reply: what they follow on may not have shown."""
    journey.record(
        conversation,
        c.ChunkOutcomeUnknown,
        conversation=conversation.key,
        chunk=attempt.piece.chunk,
        claim=attempt.claim,
    )
    reply = conversation.reply
    if not _finish_reply(journey, conversation, attempt) and reply is not None and reply.pending:
        cancel_reply(journey, conversation, reply.reply, CancelReason.OUTCOME_UNKNOWN)
    ask_human(journey, conversation, ask)


def note_sent(journey: Journey, conversation: Conversation, attempt: Attempt, provider_id: str, how: SentHow) -> None:
    """The chunk is out. attempt: the open one, or one whose outcome was unknown."""
    was_open = attempt is conversation.attempt
    journey.record(
        conversation,
        c.ChunkSent,
        conversation=conversation.key,
        chunk=attempt.piece.chunk,
        claim=attempt.claim,
        provider_id=provider_id,
        how=how,
    )
    answered(journey, journey.get(Lead, conversation.lead))
    apply_parked(journey, conversation, provider_id)
    if was_open:
        _finish_reply(journey, conversation, attempt)


def _finish_reply(journey: Journey, conversation: Conversation, settled: Attempt) -> bool:
    """The reply is over if this was its last chunk: then what came meanwhile gets its turn."""
    reply = conversation.reply
    if settled.cancelled is not None or reply is None or reply.pending:
        return False
    journey.record(
        conversation,
        c.ReplyFinished,
        conversation=conversation.key,
        reply=reply.reply,
        sent=reply.sent,
        turn=waiting_turn(journey, conversation),
    )
    return True
