"""The effect `chunk`: one message of a reply, sent at most once, whatever dies in between (design §4).

typing ── AttemptChunk(fresh claim) ── accepted within 5 s ── the one call ── RecordSent
                 │ refused: read again         │ else: NotCalled, which alone reopens the chunk
                 │                             │ never sent: NotCalled · 429: Rejected · no: Failed
                 └ only the claim that the accepted event names may call      └ unknown: left to `resolve`
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from domain.access.sight import WHOLE
from domain.conversation import commands as k
from domain.conversation import events as c
from domain.conversation.parts import Chunk, SentHow
from domain.kernel.command import Command
from domain.kernel.errors import LegionError
from domain.kernel.ids import id_of
from eventlog.model import Recorded
from gateways.errors import RefusedByProvider
from projections.read.conversations import conversation
from projections.read.db import ReadDb
from projections.read.effects import EffectRow
from projections.read.events import EventReader
from streams import labels
from streams.commander import Commander
from streams.effects.channel import Channel, Channels
from streams.effects.one_call import Caller, OneCall, boot_time
from streams.effects.opened import lead_of, opened
from streams.runner.core import Again, Ended, Hopeless
from streams.runner.job import Job
from vault.keys import SubjectKeys

_OPENERS: Final[tuple[type[c.ReplyGenerated | c.ReplyFailed | c.NoticeWritten], ...]] = (
    c.ReplyGenerated,
    c.ReplyFailed,
    c.NoticeWritten,
)


@dataclass(frozen=True, slots=True)
class ChunkCall(OneCall[str]):
    """Of a chunk: the provider answers with its id."""

    def attempt(self) -> Command:
        return k.AttemptChunk(**self._names, timeout_ms=self.timeout_ms)

    def not_called(self, retry_ms: int) -> Command:
        return k.RecordNotCalled(**self._names, retry_ms=retry_ms)

    def rejected(self, code: str, retry_ms: int) -> Command:
        return k.RecordRejected(**self._names, code=code, retry_ms=retry_ms)

    def failed(self, refused: RefusedByProvider) -> Command:
        return k.RecordChunkFailed(**self._names, code=f"http_{refused.http_status}")

    def took(self, answer: str) -> Command:
        return k.RecordSent(**self._names, provider_id=answer, how=SentHow.ANSWER)

    @property
    def _names(self) -> dict[str, Any]:
        """The fields that all commands to a chunk share."""
        return {
            "lead": lead_of(self.row),
            "conversation": id_of(self.row.stream),
            "chunk": self.row.key,
            "claim": self.claim,
        }


@dataclass(frozen=True, slots=True)
class Sending:
    """One chunk on its way. cause: the event that opened the effect."""

    job: Job
    cause: Recorded
    chunk: Chunk
    channel: Channel
    address: str
    text: str

    @property
    def row(self) -> EffectRow:
        return self.job.row


@dataclass(frozen=True, slots=True)
class ChunkEffect:
    events: EventReader
    reads: ReadDb
    keys: SubjectKeys
    commander: Commander
    channels: Channels
    clock: Callable[[], float] = boot_time

    async def __call__(self, job: Job) -> Ended:
        row = job.row
        cause = await opened(self.events, row, _OPENERS)
        if cause is None:
            return Again("moved")
        recorded, made = cause
        chunk = next((each for each in made.chunks if each.chunk == row.key), None)
        async with self.reads.company(row.company_id, WHOLE) as conn:
            talk = await conversation(conn, row.company_id, id_of(row.stream))
        if chunk is None or talk is None or talk.address is None:
            return Hopeless("no_address" if chunk else "no_chunk")
        channel = await self.channels.open(row.company_id, talk.instance_id)
        text = (await self.keys.opener(row.company_id, row.journey)).text(labels.TEXT, chunk.text)
        with job.interruptible():
            await _type(channel, talk.address, chunk.typing_ms)
        return await self._send(Sending(job, recorded, chunk, channel, talk.address, text))

    async def _send(self, sending: Sending) -> Ended:
        call = ChunkCall(sending.row, str(uuid4()), self.clock(), self.channels.timeout_ms)
        caller = Caller(self.commander, self.clock)
        return await caller.once(
            sending.job, sending.cause, call, lambda: sending.channel.send(sending.address, sending.text)
        )


async def _type(channel: Channel, address: str, milliseconds: int) -> None:
    """The time passes, whether or not the provider shows it."""
    showing = asyncio.create_task(channel.typing(address, milliseconds))
    try:
        await asyncio.sleep(milliseconds / 1000)
    finally:
        showing.cancel()
        with contextlib.suppress(LegionError, asyncio.CancelledError):
            await showing
