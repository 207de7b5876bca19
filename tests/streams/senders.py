"""Senders in processes of their own that die where they are told to, and what became of the chunks they died with."""

from __future__ import annotations

import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import orjson

from proof.servers import Server
from streams.app import make_normaliser
from streams.faust_app import make_app
from streams.normalise.intake import Intake
from tests.streams.shop import Shop, Talk
from tests.streams.world import Ground, streams_parts, until

RESULTS: Final = Path(__file__).parent / "results"
KILL_S: Final = 60.0
SETTLE_S: Final = 120.0
"""An attempt that was not called is looked for 30 s after its time-out."""


@asynccontextmanager
async def normalising(legion: Ground) -> AsyncIterator[None]:
    """The agents without a runner, in this process: only senders die."""
    async with streams_parts(legion.places) as parts:
        intake = Intake(make_normaliser(legion.places.config, parts), failed=lambda error: None)
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
    argv = [sys.executable, "-m", "tests.streams.sender_program", orjson.dumps(given).decode()]
    server = Server(argv, folder / f"{name}.log")
    server.spawn()
    try:
        yield server
    finally:
        if server.running.poll() is None:
            server.kill()


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


async def settle(legion: Ground, folder: Path, shop: Shop) -> None:
    """A sender that lives brings everything of the shop to an end."""

    async def idle() -> bool:
        assert server.running.poll() is None, server.tail()
        async with legion.reads.system() as conn:
            cursor = await conn.execute(
                "select count(*) from core.effects where company_id = %s and state <> 'done' and kind <> 'provision'",
                (shop.company,),
            )
            row = await cursor.fetchone()
        return row == (0,)

    with sender(legion, folder) as server:
        await until("the end", idle, SETTLE_S)


@dataclass(slots=True)
class Tally:
    """Of the chunks that senders died with at one point. sent_*, never_sent: by the provider's own list.

    outcome_unknown: how many of them the log gave up (a human is asked); lost: never sent, and the log says nothing.
    """

    n: int = 0
    sent_once: int = 0
    sent_twice: int = 0
    never_sent: int = 0
    outcome_unknown: int = 0
    lost: int = 0

    def add(self, shown: int, state: str) -> None:
        self.n += 1
        self.sent_once += shown == 1
        self.sent_twice += shown > 1
        self.never_sent += shown == 0
        self.outcome_unknown += state == "unknown"
        self.lost += shown == 0 and state != "unknown"


async def count(deaths: Sequence[Death], tallies: dict[str, Tally]) -> None:
    """After `settle`. A chunk that two senders died with counts for both."""
    talks = {death.talk.phone: death.talk for death in deaths}
    found = {}
    for talk in talks.values():
        shown = Counter(each["text"] for each in await talk.shown())
        for message in await talk.messages():
            if message.direction == "out":
                found[message.id] = shown[message.text or ""], message.state
    for death in deaths:
        tallies.setdefault(death.point, Tally()).add(*found[death.chunk])


def keep(name: str, tallies: dict[str, Tally]) -> None:
    """Beside the tests: of long runs only, a short one must not replace their figures."""
    RESULTS.mkdir(exist_ok=True)
    figures = {point: asdict(tally) for point, tally in tallies.items()}
    option = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    (RESULTS / f"{name}.json").write_bytes(orjson.dumps(figures, option=option))
