"""Reports of one dataset go to Meta together, up to a thousand, two seconds after the first; each gets its answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog

from domain.kernel.errors import LegionError
from gateways.meta.check import Ready
from gateways.meta.client import MOST, Accepted, Dataset, MetaClient
from gateways.meta.deliver import deliver
from gateways.meta.errors import MetaPayloadRefused, MetaThrottled
from streams.batching import Batches

WAIT_S: Final = 2.0
"""After the first: a batch of a busy company is then some hundred events, and a lonely event is not late."""

THROTTLED_S: Final = 30.0
"""After a throttle that names no time."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Taken:
    """trace: of the request that it was taken with."""

    trace: str | None


@dataclass(frozen=True, slots=True)
class Resting:
    """Not sent: Meta asked to be left alone, for so many seconds more."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Dropped:
    """Not sent: nobody wants it any more."""


Answer = Taken | Resting | Dropped | LegionError
"""An error is one of those that gateways/meta/errors.py names."""


@dataclass(slots=True, eq=False)
class _Item:
    ready: Ready
    unwanted: Callable[[], bool]
    answer: asyncio.Future[Answer] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Dispatch:
    """One a process."""

    def __init__(self, client: MetaClient, *, wait_s: float = WAIT_S, clock: Callable[[], float] = time.monotonic):
        self._client = client
        self._clock = clock
        self._batches: Batches[Dataset, _Item] = Batches(most=MOST, wait_s=wait_s)
        self._more = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None
        self._sending: set[asyncio.Task[None]] = set()

    async def send(self, dataset: Dataset, ready: Ready, *, unwanted: Callable[[], bool]) -> Answer:
        """unwanted: asked right before its batch is sent."""
        resting = self._batches.resting(dataset, self._clock())
        if resting > 0:
            return Resting(resting)
        item = _Item(ready, unwanted)
        self._batches.add(dataset, item, self._clock())
        self._more.set()
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        return await item.answer

    async def _look(self) -> None:
        """As long as something is gathered."""
        while (due_in := self._batches.due_in(self._clock())) is not None:
            self._more.clear()
            for dataset, items in self._batches.take(self._clock()):
                task = asyncio.create_task(self._deliver(dataset, items))
                self._sending.add(task)
                task.add_done_callback(self._sending.discard)
            try:
                async with asyncio.timeout(due_in):
                    await self._more.wait()
            except TimeoutError:
                continue

    async def _deliver(self, dataset: Dataset, items: Sequence[_Item]) -> None:
        wanted = [item for item in items if not item.unwanted()]
        answers: dict[int, Answer] = {}
        try:
            answers = await self._answers(dataset, [item.ready for item in wanted])
        except Exception as error:  # whatever it is, nobody may wait for ever
            log.exception("batch_failed", events=len(wanted))
            answers = dict.fromkeys(range(len(wanted)), LegionError(type(error).__name__))
        for place, item in enumerate(wanted):
            _tell(item, answers[place])
        for item in items:
            _tell(item, Dropped())

    async def _answers(self, dataset: Dataset, events: list[Ready]) -> dict[int, Answer]:
        """By place."""
        traces: dict[str, str | None] = {}

        async def send(batch: Sequence[Ready]) -> Accepted:
            accepted = await self._client.send(dataset, batch)
            traces.update((event.event_id, accepted.trace) for event in batch)
            return accepted

        done = await deliver(send, events)
        found: dict[int, Answer] = {place: Taken(traces[events[place].event_id]) for place in done.accepted}
        refused: dict[int, MetaPayloadRefused] = done.refused
        found.update(refused)
        if done.stopped is not None:
            found.update(dict.fromkeys(done.left, done.stopped))
            if isinstance(done.stopped, MetaThrottled):
                seconds = done.stopped.retry_after_s or THROTTLED_S
                self._batches.rest(dataset, self._clock() + seconds)
        log.info(
            "conversions_sent",
            dataset=dataset.id,
            accepted=len(done.accepted),
            refused=len(refused),
            left=len(done.left),
            requests=done.requests,
            code=done.stopped and done.stopped.code,
        )
        return found


def _tell(item: _Item, answer: Answer) -> None:
    if not item.answer.done():
        item.answer.set_result(answer)
