"""Senders in processes of their own that die where they are told to."""

from __future__ import annotations

import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import orjson

from proof.ground.shop import Shop, Talk
from proof.ground.world import Ground, streams_parts, until
from proof.servers import Server, spawned
from streams.app import make_normaliser
from streams.faust_app import make_app
from streams.normalise.intake import Intake

KILL_S: Final = 60.0
SETTLE_S: Final = 120.0
"""An attempt that was not called is looked for 30 s after its time-out."""


@asynccontextmanager
async def normalising(legion: Ground) -> AsyncIterator[None]:
    """The agents without a runner, in this process: only senders die."""
    async with streams_parts(legion.places) as parts:
        intake = Intake(make_normaliser(legion.places.config, parts), failed=lambda _error: None)
        app = make_app(legion.places.config, take=intake.take, hint=lambda *_: None, kick=lambda: None)
        await app.start()
        try:
            yield
        finally:
            await intake.drain()
            await app.stop()


@contextmanager
def sender(
    legion: Ground,
    folder: Path,
    *points: str,
    careless: bool = False,
    freeze: bool = False,
    whole: bool = False,
    name: str = "sender",
) -> Iterator[Server]:
    """See `sender_program`. Killed at the end, frozen or not."""
    given = {
        "places": asdict(legion.places),
        "points": points,
        "freeze": freeze,
        "whole": whole,
        "careless": careless,
    }
    argv = [sys.executable, "-m", "proof.harm.sender_program", orjson.dumps(given).decode()]
    server = Server(argv, folder / f"{name}.log")
    with spawned(server):
        yield server


@dataclass(frozen=True, slots=True)
class Death:
    """chunk: what the sender was at when it died."""

    point: str
    chunk: str
    talk: Talk


async def killed_at(legion: Ground, shop: Shop, folder: Path, point: str, *, careless: bool = False) -> Death:
    """A new lead writes; a sender dies at the point, with a chunk of the answer to this lead or to one before."""
    talk = shop.talk()
    await talk.writes(f"hello at {point}")
    with sender(legion, folder, point, careless=careless) as server:

        async def died() -> bool:
            return server.running.poll() is not None

        await until(f"death at {point}", died, KILL_S)
        assert server.running.returncode == -signal.SIGKILL, server.tail()
        chunk = server.tail().rsplit("died ", 1)[1].split()[0]
    return Death(point, chunk, talk)


async def sent_by_another(legion: Ground, folder: Path, death: Death) -> None:
    """What was never attempted is sent at once by a sender that lives; else the next to die would die with it too."""
    with sender(legion, folder) as server:
        await death.talk.answered(timeout_s=SETTLE_S)
        assert server.running.poll() is None, server.tail()


async def open_effects(legion: Ground, company: str) -> int:
    async with legion.reads.system() as conn:
        cursor = await conn.execute(
            "select count(*) from core.effects where company_id = %s and state <> 'done'"
            " and kind not in ('provision', 'dormancy')",  # a silence is waited for for days
            (company,),
        )
        row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def settle(legion: Ground, folder: Path, shop: Shop) -> int:
    """A sender that lives brings everything of the shop to an end; how many effects had none in time."""

    async def idle() -> bool:
        assert server.running.poll() is None, server.tail()
        return await open_effects(legion, shop.company) == 0

    with sender(legion, folder) as server:
        try:
            await until("the end", idle, SETTLE_S)
        except AssertionError:
            assert server.running.poll() is None, server.tail()
        return await open_effects(legion, shop.company)
