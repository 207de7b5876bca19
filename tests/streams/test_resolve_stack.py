"""An attempt whose answer and echo are both lost is looked for at the provider: found is sent, not found is unknown.

Not found is no proof of not sent: the control that takes it for one sends twice.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

import pytest

from domain.conversation.commands import RecordNotCalled
from domain.conversation.events import ChunkAttempted
from domain.effect import calling
from domain.effect.kinds import EffectKind
from domain.kernel.ids import id_of
from proof.ground.shop import Shop, Talk, open_shop
from proof.ground.world import Ground, streams_parts, until
from proof.harm.senders import normalising
from streams.app import make_handlers, make_normaliser, make_runner
from streams.effects.opened import lead_of, opened
from streams.effects.resolve import ResolveEffect
from streams.effects.simple import ended
from streams.runner.core import Again, Ended
from streams.runner.job import Job

pytestmark = pytest.mark.stack

RESOLVED_S = 60.0
"""The call's time-out, a second, and a busy machine."""


@pytest.fixture(scope="module", autouse=True)
def soon() -> Iterator[None]:
    """A second instead of half a minute after the call's time-out: nobody is frozen between attempt and call here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calling, "RESOLVE_AFTER", timedelta(seconds=1))
        yield


@pytest.fixture(scope="module")
async def shop(legion_without_streams: Ground) -> AsyncIterator[Shop]:
    """Of the module's own: agents run, and each test brings its runner."""
    async with normalising(legion_without_streams):
        yield await open_shop(legion_without_streams)


@asynccontextmanager
async def runner(legion: Ground, resolve: type[ResolveEffect] = ResolveEffect) -> AsyncIterator[None]:
    """In this process, with that resolver."""
    config = legion.places.config
    async with streams_parts(legion.places) as parts:
        handlers = make_handlers(config, parts, make_normaliser(config, parts))
        usual = handlers[EffectKind.RESOLVE]
        assert isinstance(usual, ResolveEffect)
        handlers[EffectKind.RESOLVE] = resolve(usual.events, usual.reads, usual.keys, usual.commander, usual.channels)
        running = asyncio.create_task(make_runner(config, parts, handlers).run())
        try:
            yield
        finally:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running


async def unanswered(legion: Ground, talk: Talk, kind: str, end: str) -> None:
    await legion.fault(legion.places.evolution, kind="drop_echoes")
    await legion.fault(legion.places.evolution, kind=kind, count=1)
    await talk.writes("hi")

    async def ended() -> bool:
        return end in await talk.topics()

    await until(end, ended, RESOLVED_S)


async def test_what_the_provider_holds_is_sent_and_the_rest_follows(legion_without_streams: Ground, shop: Shop) -> None:
    talk = shop.talk()
    async with runner(legion_without_streams):
        await unanswered(legion_without_streams, talk, "error_after_accept", "ReplyFinished")
        messages = await talk.answered()
    shown = await talk.shown()
    assert await talk.shown_too_often() == []
    assert [m.provider_id for m in messages if m.direction == "out"] == [each["id"] for each in shown]


async def unknown(legion: Ground, talk: Talk) -> None:
    """A human is asked, and nobody tries again."""
    await asyncio.sleep(3)  # longer than a lease: whoever would try again had the time
    assert (await talk.topics()).count("ChunkAttempted") == 1
    conversation = await talk.conversation()
    assert conversation is not None
    assert conversation.human_asked == "outcome_unknown"


async def test_what_is_not_found_is_unknown_and_never_tried_again(legion_without_streams: Ground, shop: Shop) -> None:
    talk = shop.talk()
    async with runner(legion_without_streams):
        await unanswered(legion_without_streams, talk, "never_accepts", "ChunkOutcomeUnknown")
        await unknown(legion_without_streams, talk)
    assert await talk.shown() == []


async def test_what_the_provider_lists_late_is_unknown_and_shown_once(
    legion_without_streams: Ground, shop: Shop
) -> None:
    talk = shop.talk()
    async with runner(legion_without_streams):
        await legion_without_streams.fault(legion_without_streams.places.evolution, kind="lists_late", count=1)
        await unanswered(legion_without_streams, talk, "error_after_accept", "ChunkOutcomeUnknown")
        await unknown(legion_without_streams, talk)
    assert len(await talk.shown()) == 1


@dataclass(frozen=True, slots=True)
class Hasty(ResolveEffect):
    """The control: what is not found was not sent, so it may be tried again."""

    async def __call__(self, job: Job) -> Ended:
        cause = await opened(self.events, job.row, (ChunkAttempted,))
        if cause is None:
            return Again("moved")
        recorded, attempted = cause
        if await self._find(job.row, recorded.at) is not None:
            return await ResolveEffect.__call__(self, job)
        command = RecordNotCalled(
            lead=lead_of(job.row),
            conversation=id_of(job.row.stream),
            chunk=job.row.key,
            claim=attempted.claim,
            retry_ms=0,
        )
        return ended(await self.commander.ask(recorded, job.row, str(uuid4()), command))


async def test_the_control_that_takes_not_found_for_not_sent_shows_it_twice(
    legion_without_streams: Ground, shop: Shop
) -> None:
    talk = shop.talk()
    async with runner(legion_without_streams, Hasty):
        await legion_without_streams.fault(legion_without_streams.places.evolution, kind="lists_late", count=1)
        await unanswered(legion_without_streams, talk, "error_after_accept", "ReplyFinished")
    assert len(await talk.shown_too_often()) == 1
