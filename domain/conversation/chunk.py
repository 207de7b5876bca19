"""One runner at a time may call the provider for a chunk; who did not call gives it back."""

from __future__ import annotations

from domain.conversation import commands as cc
from domain.conversation import events as c
from domain.conversation.aggregate import Conversation
from domain.conversation.known import known_conversation, open_conversation
from domain.conversation.parts import CancelReason
from domain.conversation.silence import cancel_reply
from domain.conversation.state import Attempt
from domain.effect.calling import resolve_at, retry_at
from domain.kernel.errors import Refused
from domain.kernel.journey import Journey
from domain.lead.aggregate import Lead


def attempt_chunk(journey: Journey, command: cc.AttemptChunk) -> None:
    """Only the first pending chunk, and only while no other is attempted.

    Refused: unknown_conversation, journey_closed, timeout_out_of_range, opted_out, floor_taken, chunk_attempted,
    chunk_not_pending, earlier_chunk_open, claim_not_fresh.
    """
    conversation = open_conversation(journey, command)
    resolve = resolve_at(journey.at, command.timeout_ms)
    if journey.get(Lead, command.lead).opted_out:
        raise Refused("opted_out")
    code = _hindrance(conversation, command.chunk, command.claim)
    if code is not None:
        raise Refused(code)
    journey.record(
        conversation,
        c.ChunkAttempted,
        conversation=conversation.key,
        chunk=command.chunk,
        claim=command.claim,
        resolve_at=resolve,
    )


def record_not_called(journey: Journey, command: cc.RecordNotCalled) -> None:
    """Refused: unknown_conversation, claim_not_open, retry_out_of_range."""
    conversation, attempt = open_claim(journey, command)
    journey.record(
        conversation,
        c.ChunkNotCalled,
        conversation=conversation.key,
        chunk=command.chunk,
        claim=command.claim,
        retry_at=retry_at(journey.at, command.retry_ms),
    )
    _cancel_reopened(journey, conversation, attempt, command.lead)


def record_rejected(journey: Journey, command: cc.RecordRejected) -> None:
    """Refused: unknown_conversation, claim_not_open, retry_out_of_range."""
    conversation, attempt = open_claim(journey, command)
    journey.record(
        conversation,
        c.ChunkRejected,
        conversation=conversation.key,
        chunk=command.chunk,
        claim=command.claim,
        code=command.code,
        retry_at=retry_at(journey.at, command.retry_ms),
    )
    _cancel_reopened(journey, conversation, attempt, command.lead)


Claimed = cc.RecordNotCalled | cc.RecordRejected | cc.RecordSent | cc.RecordChunkFailed | cc.RecordOutcomeUnknown


def open_claim(journey: Journey, command: Claimed) -> tuple[Conversation, Attempt]:
    """The open attempt, if it is this claim's. Refused: unknown_conversation, claim_not_open."""
    conversation = known_conversation(journey, command)
    attempt = conversation.attempt
    if attempt is None or attempt.claim != command.claim or attempt.piece.chunk != command.chunk:
        raise Refused("claim_not_open")
    return conversation, attempt


def _hindrance(conversation: Conversation, chunk: str, claim: str) -> str | None:
    """Why the chunk may not be attempted now, as a refusal's code."""
    attempt, reply = conversation.attempt, conversation.reply
    if conversation.people:
        return "floor_taken"
    if attempt is not None and attempt.piece.chunk == chunk:
        return "chunk_attempted"
    if reply is None or all(piece.chunk != chunk for piece in reply.pending):
        return "chunk_not_pending"
    if attempt is not None or reply.pending[0].chunk != chunk:
        return "earlier_chunk_open"
    return "claim_not_fresh" if claim in conversation.unknown else None


def _cancel_reopened(journey: Journey, conversation: Conversation, attempt: Attempt, lead: str) -> None:
    """A chunk that nobody may send any more does not stay open: its reply's cancel is said (again) for it."""
    reason = attempt.cancelled
    if reason is None and journey.get(Lead, lead).opted_out:
        reason = CancelReason.OPT_OUT
    if reason is not None:
        cancel_reply(journey, conversation, attempt.reply, reason)
