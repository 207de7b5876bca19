"""R13: poison among a backlog, and a backlog that is nothing but poison."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Final

from eventlog.producer import RawLog
from proof.claim import Claim, Stage
from proof.ground.agents import agents
from proof.ground.agents_program import BROKEN
from proof.ground.backlog import Backlog, Filler
from proof.ground.shop import Shop, open_shop
from proof.ground.whole import all_servers
from proof.ground.world import Places, ground, until
from proof.oracle.backlogs import Seen, gaps, letters, places_of, read_commands
from proof.oracle.quiet import ends
from proof.tally import EXAMPLES, Tally
from vault.credentials import InstanceRef
from vault.db import open_vault

SHOPS: Final = 3
SHARE: Final = 250
"""One of so many bodies is bad: four in a thousand, a bad day."""

CLEAN: Final = 4
"""The backlog without poison is so many times smaller."""

ALL_BAD: Final = 400
STOPS_S: Final = 90.0


@dataclass(frozen=True, slots=True)
class Bench:
    """Servers, and instances that the vault and the tables know. Neither writer nor projector runs: they are not what
    is measured, and would take a half of the machine."""

    places: Places
    instances: list[InstanceRef]
    stage: Stage

    @property
    def bug(self) -> str | None:
        return "proof.bugs.stubborn_normaliser" if self.stage.control else None

    async def filled(self, name: str, count: int, share: int) -> Backlog:
        """share: one of so many is bad; 0: none, 1: all."""
        rng, log = self.stage.rng(name), RawLog(self.places.kafka)
        bad = frozenset(rng.sample(range(count), count // share)) if share else frozenset[int]()
        async with open_vault(self.places.vault_dsn, self.places.keys) as vault:
            try:
                return await Filler(vault, log, self.places.topics, rng).fill(self.instances, count, bad)
            finally:
                await log.stop()

    async def handled(self, backlog: Backlog) -> Seen:
        begins = await ends(self.places.kafka, self.places.topics.commands)
        with agents(self.places, self.stage.folder, bug=self.bug) as server:
            seen = await read_commands(self.places.kafka, self.places.topics, begins, backlog.good)
            assert server.stop() == 0, server.tail()  # drained: the last bad ones are buried, all is acknowledged
        return seen


async def play(stage: Stage) -> Tally:
    with all_servers() as places:
        async with ground(places) as legion:
            shops = [await open_shop(legion) for _ in range(SHOPS)]
        return await _played(Bench(places, [_ref(shop) for shop in shops], stage))


def _ref(shop: Shop) -> InstanceRef:
    return InstanceRef(shop.company, shop.instance, ())


async def _played(bench: Bench) -> Tally:
    count = bench.stage.rounds
    clean = await bench.filled("clean", max(SHOPS, count // CLEAN), 0)
    clean_seen = await bench.handled(clean)
    pause_s = max(gaps(clean, clean_seen).plain, default=0.0)
    before = (await ends(bench.places.kafka, bench.places.topics.dlq, 1))[0]
    backlog = await bench.filled("poisoned", count, SHARE)
    seen = await bench.handled(backlog)
    tally = await _judged(bench, backlog, seen, pause_s, before)
    return tally if bench.stage.control else await _all_bad(bench, tally)


async def _judged(bench: Bench, backlog: Backlog, seen: Seen, pause_s: float, before: int) -> Tally:
    place = bench.places
    end = (await ends(place.kafka, place.topics.dlq, 1))[0]
    counted = places_of(await letters(place.kafka, place.topics.dlq, before, end))
    wanted = set(backlog.poison.items())
    found, missing = gaps(backlog, seen), wanted - counted.keys()
    delayed = found.delayed(pause_s)
    examples = [f"no letter for {where}: {code}" for where, code in sorted(missing)]
    examples += [f"letter {each} for a good body" for each in sorted(counted.keys() - wanted)]
    if delayed:
        examples.append(f"{delayed} came a second late or more, the last gap was {max(found.across, default=0):.1f} s")
    return Tally(
        n=backlog.good + len(backlog.poison),
        lost=backlog.good - len(seen.at) + len(missing),
        doubled=seen.twice + sum(number - 1 for number in counted.values()),
        phantom=seen.strange + len(counted.keys() - wanted),
        unresolved=delayed,
        facts={
            "poison": len(backlog.poison),
            "bodies_per_second": len(seen.at) / max(1e-3, (max(seen.at.values()) - min(seen.at.values())) / 1000),
            "longest_gap_of_clean_backlog_ms": pause_s * 1000,
            **found.facts(),
        },
        examples=tuple(examples[:EXAMPLES]),
    )


async def _all_bad(bench: Bench, tally: Tally) -> Tally:
    """A fault of ours looks like this: the processor must stop with most of it neither buried nor acknowledged."""
    places = bench.places
    before = (await ends(places.kafka, places.topics.dlq, 1))[0]
    await bench.filled("all bad", ALL_BAD, 1)
    with agents(places, bench.stage.folder) as server:

        async def stopped() -> bool:
            return server.running.poll() is not None

        with contextlib.suppress(AssertionError):
            await until("the stop", stopped, STOPS_S)
        status = server.running.poll()
    buried = (await ends(places.kafka, places.topics.dlq, 1))[0] - before
    wrong = int(status != BROKEN) + int(buried > ALL_BAD // 2)
    return Tally(
        n=tally.n + ALL_BAD,
        lost=tally.lost,
        doubled=tally.doubled,
        phantom=tally.phantom,
        unresolved=tally.unresolved + wrong,
        facts={**tally.facts, "letters_before_it_stopped": buried},
        examples=(*tally.examples, *([f"all bad: status {status}, {buried} buried"] if wrong else []))[:EXAMPLES],
    )


CLAIM = Claim(
    id="R13",
    says=(
        "Bodies that nobody can handle (no webhook, a broken seal, an unknown provider) lie in a backlog of good ones:"
        " each good one becomes its command once, none comes a second later than the one before it beyond the longest"
        " pause of a backlog without poison; each bad one is one dead letter that names its reason and its place. When"
        " everything is bad, the processor stops with most of it neither buried nor acknowledged."
    ),
    unit="bodies",
    rounds=100_000,
    leg=100_000,
    quick=3_000,
    control_rounds=2_000,
    bug="The normaliser takes poison for an outage and tries it again, with back-off, before it writes the letter.",
    play=play,
    slow_control=True,
)
