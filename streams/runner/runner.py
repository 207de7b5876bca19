"""The effect runner: claims what is due, runs it as bounded tasks, keeps leases. Postgres proves, the log decides.

Wake-ups (`hint`, `kick`, the projector's NOTIFY) only make it look sooner: it looks by itself at least each second.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Final
from uuid import uuid4

import structlog

from domain.effect.kinds import EffectKind
from domain.kernel.errors import Unavailable
from projections.read.effects import EffectRow, EffectStore
from projections.read.listener import Listener, Progress
from streams.runner import core
from streams.runner.core import Again, Done, Ended
from streams.runner.job import Handler, Job

AWAY_S: Final = 0.5
"""Pause after the read database could not be asked."""

EXPIRED_AT_ONCE: Final = 20

GRACE_S: Final = 3.0
"""For calls under way at a stop, which as a whole takes less than five seconds."""

log = structlog.get_logger()

GiveUp = Callable[[EffectRow, str], Awaitable[bool]]
"""(row, code) → whether the log knows that the effect is abandoned."""

Expire = Callable[[EffectRow], Awaitable[bool]]


class Runner:
    """One a process. handlers: by kind. give_up, expire: say so to the log."""

    def __init__(
        self,
        store: EffectStore,
        listener: Listener,
        handlers: Mapping[EffectKind, Handler],
        *,
        give_up: GiveUp,
        expire: Expire,
        slots: Mapping[EffectKind, int] = core.SLOTS,
        per_company: int = core.PER_COMPANY,
        lease: timedelta = core.LEASE,
    ) -> None:
        self._store = store
        self._listener = listener
        self._handlers = handlers
        self._give_up = give_up
        self._expire = expire
        self._slots = slots
        self._per_company = per_company
        self._lease = lease
        self._worker = str(uuid4())
        self._kick = asyncio.Event()
        self._busy: dict[str, tuple[Job, asyncio.Task[None]]] = {}
        self._hints: dict[int, int] = {}
        self._looked_for_expired = 0.0

    @property
    def busy(self) -> int:
        """Effects being carried out."""
        return len(self._busy)

    def kick(self) -> None:
        """Look now."""
        self._kick.set()

    def hint(self, partition: int, offset: int) -> None:
        """Something may have opened an effect: look as soon as the projector has passed that event."""
        if self._listener.position(partition) > offset:
            self.kick()
        else:
            self._hints[partition] = max(offset, self._hints.get(partition, -1))

    async def run(self) -> None:
        """Until cancelled; then waits for what may not be interrupted."""
        end = self._listener.subscribe(self._progressed)
        renewing = asyncio.create_task(self._renew())
        try:
            while True:
                self._kick.clear()
                if not await self._start_due():
                    await self._sleep()
        finally:
            end()
            renewing.cancel()
            await self._drain()

    def _progressed(self, progress: Progress) -> None:
        for effect_id in progress.cancelled:
            if (held := self._busy.get(effect_id)) is not None:
                held[0].cancel()
        wanted = self._hints.get(progress.partition)
        if wanted is not None and progress.next_offset > wanted:
            del self._hints[progress.partition]
            self.kick()
        elif progress.opened:
            self.kick()

    async def _start_due(self) -> bool:
        """Whether anything was started: then there may be more."""
        free = core.free_slots((job.row.kind for job, _ in self._busy.values()), self._slots)
        try:
            rows = await self._store.claim(self._worker, free, self._per_company, self._lease)
            expired = await self._expired()
        except Unavailable as away:
            log.warning("claim_unavailable", code=away.code)
            await asyncio.sleep(AWAY_S)
            return False
        for row in rows:
            self._launch(row, self._handlers[row.kind])
        for row in expired:
            self._launch(row, self._expiring)
        return bool(rows or expired)

    async def _expired(self) -> list[EffectRow]:
        """Once a second: hours late is late enough."""
        now = time.monotonic()
        if now - self._looked_for_expired < core.IDLE_S:
            return []
        self._looked_for_expired = now
        return await self._store.claim_expired(self._worker, EXPIRED_AT_ONCE, self._lease)

    def _launch(self, row: EffectRow, handler: Handler) -> None:
        job = Job(row)
        self._busy[row.id] = job, asyncio.create_task(self._run_one(job, handler))

    async def _run_one(self, job: Job, handler: Handler) -> None:
        """Nothing escapes: whatever happens, the lease gets an end."""
        row = job.row
        try:
            ended = await self._outcome(job, handler)
            step = core.after(ended, tries=max(0, row.tries - 1), refusals=row.refusals, jitter=random.random())  # noqa: S311 - no secret
            if step.abandon is not None:
                log.warning("effect_abandoned", kind=row.kind, effect=row.id, code=step.abandon)
                await self._give_up(row, step.abandon)
            elif isinstance(ended, Again):
                log.info("effect_again", kind=row.kind, effect=row.id, why=ended.why, tries=row.tries)
            with contextlib.suppress(Unavailable):  # the lease then ends by itself
                await self._store.release(row, step.hold, worker=self._worker, refused=step.refused)
        finally:
            self._busy.pop(row.id, None)
            self.kick()

    async def _outcome(self, job: Job, handler: Handler) -> Ended:
        try:
            return await handler(job)
        except asyncio.CancelledError:
            return Done()  # the log ended the effect, or we stop: the lease is free at once, its row decides
        except Unavailable as away:
            return Again(away.code)
        except Exception as error:
            log.exception("effect_failed", kind=job.row.kind, effect=job.row.id)
            return Again(type(error).__name__)

    async def _expiring(self, job: Job) -> Ended:
        return Done() if await self._expire(job.row) else Again("expire_unknown")

    async def _renew(self) -> None:
        """Keeps the leases of what is running; a lost one costs work, never a second call."""
        while True:
            await asyncio.sleep((self._lease / 3).total_seconds())
            for job, _ in list(self._busy.values()):
                with contextlib.suppress(Unavailable):
                    await self._store.release(job.row, self._lease, worker=self._worker)

    async def _sleep(self) -> None:
        try:
            due = await self._store.next_due()
        except Unavailable:
            due = None
        seconds = core.sleep_s(due)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._kick.wait()

    async def _drain(self) -> None:
        """Interrupts what waits (typing, the AI), lets an attempted call end: its outcome is worth seconds."""
        for job, _ in list(self._busy.values()):
            job.cancel()
        tasks = [task for _, task in self._busy.values()]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=GRACE_S)
            for task in late:
                task.cancel()
            await asyncio.wait(tasks)
