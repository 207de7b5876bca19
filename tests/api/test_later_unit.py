"""Work beside the answers: few at once, bounded, and nothing of it reaches who asked."""

from __future__ import annotations

import asyncio

import pytest

from api import later
from api.later import AT_ONCE, WAITING, Later
from domain.kernel.errors import Unavailable


async def test_few_are_done_at_once_and_all_in_the_end() -> None:
    made, running, most, done = Later(), 0, 0, 0

    async def work() -> None:
        nonlocal running, most, done
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        done += 1

    for _ in range(WAITING):
        made.start(work())
    await made.close()
    assert (most, done) == (AT_ONCE, WAITING)


async def test_beyond_the_bound_it_is_dropped() -> None:
    made, gate, done = Later(), asyncio.Event(), 0

    async def work() -> None:
        nonlocal done
        await gate.wait()
        done += 1

    for _ in range(WAITING + 5):
        made.start(work())
    gate.set()
    await made.close()
    assert done == WAITING


@pytest.mark.parametrize("error", [Unavailable("vault_unavailable"), ValueError("a bug")])
async def test_what_fails_holds_nothing_up(error: Exception) -> None:
    made, done = Later(), asyncio.Event()

    async def fails() -> None:
        raise error

    async def works() -> None:
        done.set()

    for each in (fails, fails, fails, works):
        made.start(each())
    await made.close()
    assert done.is_set()


async def test_a_stop_waits_and_not_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(later, "CLOSE_S", 0.1)
    made, cancelled = Later(), asyncio.Event()

    async def hangs() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    made.start(hangs())
    await made.close()
    await asyncio.wait_for(cancelled.wait(), 5)
