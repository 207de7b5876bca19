"""The effect `chunk`: one message of a reply, sent at most once, whatever dies in between (design §4).

typing ── AttemptChunk(fresh claim) ── accepted within 5 s ── the one call ── RecordSent
                 │ refused: read again         │ else: NotCalled, which alone reopens the chunk
                 │                             │ never sent: NotCalled · 429: Rejected · no: Failed
                 └ only the claim that the accepted event names may call      └ unknown: left to `resolve`
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from domain.conversation import commands as k
from domain.conversation import events as c
from domain.conversation.parts import Chunk, SentHow
from domain.conversation.policies import MAX_RETRY_MS
from domain.kernel.command import Command
from domain.kernel.errors import LegionError, OutcomeUnknown
from domain.kernel.ids import id_of
from eventlog.model import Recorded
from gateways.errors import NeverSent, RateLimited, RefusedByProvider
from projections.read.conversations import conversation
from projections.read.db import ReadDb
from projections.read.effects import EffectRow
from projections.read.events import EventReader
from streams import labels
from streams.commander import Commander
from streams.effects.channel import Channel, Channels
from streams.effects.opened import lead_of, opened
from streams.effects.simple import ended
from streams.runner.core import Again, Done, Ended, Hopeless
from streams.runner.job import Job
from vault.codec import SubjectOpener
from vault.keys import SubjectKeys

BUDGET_S: Final = 5.0
"""From before the Attempt was sent to the call: later than this others may already ask the provider what came of it."""

RETRY_MS: Final = 1_000
"""After a call that was not made."""

RATE_LIMITED_MS: Final = 5_000
"""After a 429 that names no time."""

_OPENERS: Final[tuple[type[c.ReplyGenerated | c.ReplyFailed], ...]] = (c.ReplyGenerated, c.ReplyFailed)

_CLOCK: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def boot_time() -> float:
    """Seconds that also count while the machine sleeps: a process woken late must not believe that it is early."""
    return time.clock_gettime(_CLOCK)


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
        async with self.reads.company(row.company_id) as conn:
            talk = await conversation(conn, row.company_id, id_of(row.stream))
        if chunk is None or talk is None or talk.address is None:
            return Hopeless("no_address" if chunk else "no_chunk")
        channel = await self.channels.open(row.company_id, talk.instance_id)
        key = await self.keys.get_or_create(row.company_id, row.journey)
        text = SubjectOpener(key, row.company_id, row.journey).text(labels.TEXT, chunk.text)
        with job.interruptible():
            await _type(channel, talk.address, chunk.typing_ms)
        return await self._send(Sending(job, recorded, chunk, channel, talk.address, text))

    async def _send(self, sending: Sending) -> Ended:
        claim, started = str(uuid4()), self.clock()
        outcome = await self.commander.ask(
            sending.cause,
            sending.row,
            claim,
            k.AttemptChunk(**_names(sending, claim), timeout_ms=self.channels.timeout_ms),
            wait_s=BUDGET_S,
        )
        if outcome is not None and not outcome.accepted:
            return ended(outcome)
        if outcome is None or sending.job.cancelled or self.clock() - started > BUDGET_S:
            return await self._say(sending, claim, k.RecordNotCalled(**_names(sending, claim), retry_ms=RETRY_MS))
        result = await _call(sending, claim)
        return Done() if result is None else await self._say(sending, claim, result)

    async def _say(self, sending: Sending, claim: str, command: Command) -> Ended:
        """A refusal here means that the log knows better already (an echo came first): nothing to do again."""
        outcome = await self.commander.settle(sending.cause, sending.row, claim, command)
        return Again("result_unknown") if outcome is None else Done()


async def _call(sending: Sending, claim: str) -> Command | None:
    """The one call, and what it means. None: nobody knows what came of it, `resolve` will ask."""
    names = _names(sending, claim)
    try:
        provider_id = await sending.channel.send(sending.address, sending.text)
    except NeverSent:
        return k.RecordNotCalled(**names, retry_ms=RETRY_MS)
    except RateLimited as error:
        asked = RATE_LIMITED_MS if error.retry_after_s is None else int(error.retry_after_s * 1000)
        return k.RecordRejected(**names, code=error.code, retry_ms=min(asked, MAX_RETRY_MS))
    except RefusedByProvider as error:
        return k.RecordChunkFailed(**names, code=f"http_{error.http_status}")
    except OutcomeUnknown:
        return None
    return k.RecordSent(**names, provider_id=provider_id, how=SentHow.ANSWER)


def _names(sending: Sending, claim: str) -> dict[str, Any]:
    """The fields that all commands to a chunk share."""
    row = sending.row
    return {
        "lead": lead_of(row),
        "conversation": id_of(row.stream),
        "chunk": sending.chunk.chunk,
        "claim": claim,
    }


async def _type(channel: Channel, address: str, milliseconds: int) -> None:
    """The time passes, whether or not the provider shows it."""
    showing = asyncio.create_task(channel.typing(address, milliseconds))
    try:
        await asyncio.sleep(milliseconds / 1000)
    finally:
        showing.cancel()
        with contextlib.suppress(LegionError, asyncio.CancelledError):
            await showing
