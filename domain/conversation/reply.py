"""The reply in the making gets its words, or none."""

from __future__ import annotations

from domain.conversation import commands as cc
from domain.conversation import events as c
from domain.conversation.aggregate import Conversation
from domain.conversation.floor import hand_to_people
from domain.conversation.known import known_conversation
from domain.conversation.parts import CancelReason, FloorReason
from domain.conversation.policies import chunks_fault
from domain.conversation.silence import cancel_reply
from domain.conversation.state import Reply
from domain.kernel.errors import Refused
from domain.kernel.journey import Journey
from domain.kernel.usage import Usage
from domain.lead.aggregate import Lead


def record_reply(journey: Journey, command: cc.RecordReply) -> None:
    """A reply that is not in the making (cancelled, made by another runner) is discarded; its cost is kept.

    Refused: unknown_conversation, no_chunks, too_many_chunks, chunks_not_in_order.
    """
    conversation = known_conversation(journey, command)
    fault = chunks_fault(command.chunks)
    if fault is not None:
        raise Refused(fault)
    reply = _in_the_making(conversation, command.reply)
    if reply is None:
        _discard(journey, conversation, command.reply, command.usage)
        return
    if journey.get(Lead, command.lead).opted_out:
        cancel_reply(journey, conversation, reply.reply, CancelReason.OPT_OUT)
        _discard(journey, conversation, reply.reply, command.usage)
        return
    journey.record(
        conversation,
        c.ReplyGenerated,
        conversation=conversation.key,
        reply=reply.reply,
        turn=reply.turn,
        centurion=reply.centurion,
        centurion_version=reply.centurion_version,
        prompt_version=command.prompt_version,
        prompt_hash=command.prompt_hash,
        parameters=command.parameters,
        context=command.context,
        usage=command.usage,
        chunks=command.chunks,
    )


def record_reply_failure(journey: Journey, command: cc.RecordReplyFailure) -> None:
    """The fallback is sent, or people get the floor; an opted-out lead gets neither.

    Refused: unknown_conversation, reply_not_in_making, too_many_chunks, chunks_not_in_order.
    """
    conversation = known_conversation(journey, command)
    reply = _in_the_making(conversation, command.reply)
    if reply is None:
        raise Refused("reply_not_in_making")
    fault = chunks_fault(command.fallback) if command.fallback else None
    if fault is not None:
        raise Refused(fault)
    if journey.get(Lead, command.lead).opted_out:
        cancel_reply(journey, conversation, reply.reply, CancelReason.OPT_OUT)
        return
    journey.record(
        conversation,
        c.ReplyFailed,
        conversation=conversation.key,
        reply=reply.reply,
        turn=reply.turn,
        code=command.code,
        chunks=command.fallback,
    )
    if not command.fallback:
        hand_to_people(journey, conversation, FloorReason.AI_FAILED)


def _in_the_making(conversation: Conversation, reply: str) -> Reply | None:
    current = conversation.reply
    return current if current is not None and current.reply == reply and not current.made else None


def _discard(journey: Journey, conversation: Conversation, reply: str, usage: Usage) -> None:
    journey.record(conversation, c.ReplyDiscarded, conversation=conversation.key, reply=reply, usage=usage)
