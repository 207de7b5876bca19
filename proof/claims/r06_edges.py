"""R6: every edge between Legion's processes and what they talk to is cut, slowed, silenced; replies get lost."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import Final

from proof.claim import Claim, Stage
from proof.ground.clients import Clients, clients_of
from proof.ground.patience import settled
from proof.ground.running import BACK_S
from proof.harm.edges import EDGES, PROVIDER, Cut, Edge, cut_open
from proof.harm.proxy import Harm, Kind
from proof.oracle.acknowledged import acknowledged_tally, log_of
from proof.oracle.leads import answers_tally, without_end
from proof.oracle.read_database import read_database_tally
from proof.tally import Tally, total

ASKS: Final = 0.4
"""Of rounds have a lead who is answered, so that runner and providers are at work."""

LASTS_S: Final = (0.2, 2.5)
"""How long one harm does."""

STALL_S: Final = 90.0


async def play(stage: Stage) -> Tally:
    bugs = {"streams": "proof.bugs.sends_again"} if stage.control else {}
    async with cut_open(stage.folder, bugs) as cut:
        running = cut.running
        async with clients_of(running, stage.rng("clients")) as clients:
            work = _replies_lost if stage.control else _harmed
            phones, facts = await work(cut, clients, stage)
            cut.heal()
            await clients.hear(20)
        stall_s = stage.patience(STALL_S)
        await settled(clients.missing, stall_s)
        await settled(lambda: without_end(running, phones), stall_s)
        analytics = await settled(lambda: _disagree(cut), stall_s)
        log = await log_of(running)
        counted = [
            acknowledged_tally(clients, log, stage.rounds),
            await answers_tally(running, phones),
            await read_database_tally(running, log, stall_s),
            Tally(
                0, unresolved=analytics, facts=facts, examples=("ClickHouse has not what the journal has",) * analytics
            ),
        ]
        return total(counted)


async def _disagree(cut: Cut) -> int:
    return int(not await cut.running.clickhouse_agrees())


async def _harmed(cut: Cut, clients: Clients, stage: Stage) -> tuple[list[str], dict[str, float]]:
    """Phones of leads who asked, and what was done."""
    rng, phones = stage.rng("harm"), list[str]()
    for edge, kind in _rounds(rng, stage.rounds):
        if rng.random() < ASKS:
            phones.append(await cut.running.asks())
        await asyncio.sleep(rng.uniform(0, 0.3))
        proxy = cut.proxies[edge]
        proxy.harm(Harm(kind, delay_s=rng.uniform(0.02, 0.3), after_bytes=rng.choice((0, 20, 300, 5_000))))
        await asyncio.sleep(rng.uniform(*LASTS_S))
        proxy.harm(None)
        await clients.hear(rng.randint(1, 5))
    felt = Counter[str]()
    for proxy in cut.proxies.values():
        felt.update({f"felt_{kind.replace(' ', '_')}": count for kind, count in proxy.done.items()})
    return phones, dict(felt)


def _rounds(rng: random.Random, rounds: int) -> list[tuple[Edge, Kind]]:
    """Each edge and each kind of harm equally often, as far as the number goes, in an order of its own."""
    pairs = [(edge, kind) for edge in EDGES for kind in Kind]
    rng.shuffle(pairs)
    return [pairs[turn % len(pairs)] for turn in range(rounds)]


async def _replies_lost(cut: Cut, clients: Clients, stage: Stage) -> tuple[list[str], dict[str, float]]:
    """The control: on the provider's edge only."""
    phones, proxy = list[str](), cut.proxies[PROVIDER]
    proxy.harm(Harm(Kind.DROP_REPLY))
    for _ in range(stage.rounds):
        phones.append(await cut.running.asks())
        await clients.hear(1)
    await settled(lambda: _shown_once(cut, phones), BACK_S)
    return phones, {"replies_lost": proxy.done[Kind.DROP_REPLY]}


async def _shown_once(cut: Cut, phones: list[str]) -> int:
    """Leads who were not shown anything twice: until a reply was lost and what follows had its time."""
    shown = [await cut.running.shown(phone) for phone in phones]
    return sum(len(each) == len(set(each)) for each in shown)


CLAIM: Final = Claim(
    id="R6",
    says="On every edge (API, writer, projector, analytics and streams to the log; all but analytics to PostgreSQL; "
    "analytics to ClickHouse; streams to both providers) connections are slowed, reset, silenced, cut in the middle, "
    "and lose the reply to what was done: what was acknowledged is there once, nobody is sent a message twice, leads "
    "are answered or a human is asked, journal and analytics hold the log, all tables are equal to a rebuild's.",
    unit="harms to an edge",
    rounds=80,
    leg=40,
    quick=4,
    control_rounds=3,
    bug="A sender sends again when the provider's reply is lost.",
    play=play,
    slow_control=True,
)
