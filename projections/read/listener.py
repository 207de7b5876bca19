"""Where the projector is: by NOTIFY, and by a poll while somebody waits."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import orjson
import psycopg
import structlog

from projections.pool import Connection

CHANNEL: Final = "legion_progress"
POLL_S: Final = 0.1
"""A lost NOTIFY costs a waiter at most this much."""

IDLE_POLL_S: Final = 1.0
"""With nobody waiting: notices a dead connection, and moves the positions of lost notifications."""

BACK_OFF_S: Final = (0.1, 5.0)
"""First and longest pause before connecting again."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Progress:
    """One batch of the projector, or (by the poll) only its position.

    next_offset: everything before it is projected. cancelled: ids of effects that ended without having been done.
    opened: kinds of effects that were opened.
    """

    partition: int
    next_offset: int
    cancelled: tuple[str, ...] = ()
    opened: tuple[str, ...] = ()


class Listener:
    """`async with Listener(dsn) as listener`. One connection as `legion_runner`; reconnects by itself."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._positions: dict[int, int] = {}
        self._callbacks: list[Callable[[Progress], None]] = []
        self._waiting = 0
        self._moved = asyncio.Event()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.connected = False
        self.ticks = 0  # grows with each batch told of and with each poll

    async def __aenter__(self) -> Listener:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def position(self, partition: int) -> int:
        """First offset of the partition that is not known to be projected; 0 before the first word."""
        return self._positions.get(partition, 0)

    @property
    def positions(self) -> dict[int, int]:
        return dict(self._positions)

    def subscribe(self, callback: Callable[[Progress], None]) -> Callable[[], None]:
        """Called in the event loop for each batch; must not block or raise. Returns what ends it."""
        self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback)

    async def wait_for(self, partition: int, offset: int, timeout: float) -> bool:  # noqa: ASYNC109 - its answer is a value
        """Whether the record at `offset` is projected, at the latest after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while self.position(partition) <= offset:
            if not await self.moved(deadline - time.monotonic(), since=self.ticks):
                return self.position(partition) > offset
        return True

    async def moved(self, timeout: float, *, since: int) -> bool:  # noqa: ASYNC109 - its answer is a value
        """Waits until `ticks` is no longer `since` (read it before you look); False after `timeout` seconds."""
        if self.ticks != since:
            return True
        if timeout <= 0:
            return False
        self._waiting += 1
        self._wake.set()
        try:
            async with asyncio.timeout(timeout):
                await self._moved.wait()
            return True
        except TimeoutError:
            return False
        finally:
            self._waiting -= 1

    async def _run(self) -> None:
        pause = BACK_OFF_S[0]
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(self._dsn, autocommit=True) as conn:
                    await conn.execute(f"listen {CHANNEL}")
                    self.connected = True
                    pause = BACK_OFF_S[0]
                    await self._follow(conn)
            except (psycopg.Error, OSError) as error:
                log.warning("listener_away", error=type(error).__name__, retry_s=pause)
            self.connected = False
            await asyncio.sleep(pause)
            pause = min(pause * 2, BACK_OFF_S[1])

    async def _follow(self, conn: Connection) -> None:
        while True:
            cursor = await conn.execute("select partition, next_offset from work.positions")
            for partition, next_offset in await cursor.fetchall():
                if next_offset > self.position(partition):
                    self._tell(Progress(partition, next_offset))
            self._look()
            self._wake.clear()
            async for note in conn.notifies(timeout=POLL_S if self._waiting else IDLE_POLL_S):
                self._tell(progress_of(note.payload))
                self._look()

    def _tell(self, progress: Progress) -> None:
        self._positions[progress.partition] = max(self.position(progress.partition), progress.next_offset)
        for callback in tuple(self._callbacks):
            callback(progress)

    def _look(self) -> None:
        """Lets every waiter look once."""
        self.ticks += 1
        self._moved.set()
        self._moved = asyncio.Event()


def payload_of(progress: Progress, limit: int) -> str:
    """JSON {"p", "o", "c", "e"}; only {"p", "o"} when that is longer than `limit` bytes."""
    place = {"p": progress.partition, "o": progress.next_offset}
    full = orjson.dumps({**place, "c": progress.cancelled, "e": progress.opened})
    return (full if len(full) < limit else orjson.dumps(place)).decode()


def progress_of(payload: str) -> Progress:
    told = orjson.loads(payload)
    return Progress(told["p"], told["o"], tuple(told.get("c", ())), tuple(told.get("e", ())))
