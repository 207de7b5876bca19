"""Each reply, how it came about and what it cost."""

from __future__ import annotations

from typing import Any

from domain.conversation import events as c
from domain.kernel.usage import Usage
from projections.engine.columns import Int, Json, Text, Time
from projections.engine.ops import Ops, change, put
from projections.engine.seen import Seen
from projections.engine.table import Table


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "model": usage.model,
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "cost_micros": usage.cost_micros,
        "latency_ms": usage.latency_ms,
    }


class Replies(Table):
    """state: `making` → `sending` → `finished`, or `cancelled`, or `failed`. messages: our ids of what it answers.

    cost_micros: millionths of a US dollar. reason: why cancelled. code: why failed. discarded_at: its result came too
    late and only its cost was kept.
    """

    INDEXES = ("(company_id, conversation_id, opened_at)",)

    id: Text
    conversation_id: Text
    turn_id: Text
    state: Text = "making"
    messages: Json
    centurion_id: Text
    centurion_version: Int
    model: Text | None
    prompt_version: Text | None
    prompt_hash: Text | None
    parameters: Json
    context: Json
    prompt_tokens: Int | None
    completion_tokens: Int | None
    cost_micros: Int | None
    latency_ms: Int | None
    chunks: Int = 0
    sent: Int = 0
    reason: Text | None
    by_message: Text | None
    code: Text | None
    opened_at: Time
    generated_at: Time | None
    ended_at: Time | None
    discarded_at: Time | None

    def TurnClosed(self, e: Seen[c.TurnClosed]) -> Ops:
        return put(
            e.event.reply,
            conversation_id=e.event.conversation,
            turn_id=e.event.turn,
            messages=e.event.messages,
            centurion_id=e.event.centurion,
            centurion_version=e.event.centurion_version,
            opened_at=e.at,
        )

    def ReplyGenerated(self, e: Seen[c.ReplyGenerated]) -> Ops:
        return change(
            e.event.reply,
            state="sending",
            centurion_id=e.event.centurion,
            centurion_version=e.event.centurion_version,
            prompt_version=e.event.prompt_version,
            prompt_hash=e.event.prompt_hash,
            parameters=e.event.parameters,
            context=e.event.context,
            chunks=len(e.event.chunks),
            generated_at=e.at,
            **_usage(e.event.usage),
        )

    def ReplyCancelled(self, e: Seen[c.ReplyCancelled]) -> Ops:
        by_message = e.event.by_message
        return change(e.event.reply, state="cancelled", reason=e.event.reason, by_message=by_message, ended_at=e.at)

    def ReplyDiscarded(self, e: Seen[c.ReplyDiscarded]) -> Ops:
        return change(e.event.reply, discarded_at=e.at, **_usage(e.event.usage))

    def ReplyFailed(self, e: Seen[c.ReplyFailed]) -> Ops:
        return change(e.event.reply, state="failed", code=e.event.code, chunks=len(e.event.chunks), ended_at=e.at)

    def ReplyFinished(self, e: Seen[c.ReplyFinished]) -> Ops:
        return change(e.event.reply, sent=e.event.sent, ended_at=e.at, state="finished")
