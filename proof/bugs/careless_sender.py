"""A sender that trusts its lease: it calls the provider first and tells the log afterwards."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any, Final
from uuid import uuid4

from domain.conversation.commands import AttemptChunk, RecordSent
from domain.conversation.parts import SentHow
from streams.effects.chunk import ChunkEffect, Sending
from streams.effects.opened import lead_of
from streams.effects.simple import ended
from streams.runner.core import Ended

SENDING: Final[ContextVar[str]] = ContextVar("SENDING")
"""The chunk that the running task sends: a call to the provider knows words only."""


class CarelessChunks(ChunkEffect):
    async def _send(self, sending: Sending) -> Ended:
        SENDING.set(sending.chunk.chunk)
        provider_id = await sending.channel.send(sending.address, sending.text)
        names: dict[str, Any] = {
            "lead": lead_of(sending.row),
            "conversation": sending.row.stream.split("-", 1)[1],
            "chunk": sending.chunk.chunk,
            "claim": str(uuid4()),
        }
        attempt = AttemptChunk(**names, timeout_ms=self.channels.timeout_ms)
        await self.commander.settle(sending.cause, sending.row, names["claim"], attempt)
        sent = RecordSent(**names, provider_id=provider_id, how=SentHow.ANSWER)
        return ended(await self.commander.settle(sending.cause, sending.row, names["claim"], sent))
