"""R5: projectors are killed at each point of their work."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from typing import Final

from proof.claim import Claim, Stage
from proof.ground.projected import Projected, projected
from proof.harm.fused_projectors import CLICKHOUSE_POINTS, POSTGRES_POINTS, Life
from proof.harm.lives import Nursery, lives
from proof.oracle.projections import clickhouse_tally, postgres_tally
from proof.tally import Tally, total

POINTS: Final = [
    *(("postgres", point) for point in POSTGRES_POINTS),
    *(("clickhouse", point) for point in CLICKHOUSE_POINTS),
]
COMMIT_S: Final = 0.003
INSERT_S: Final = 0.08
"""How long the server has the commit, or the block, at most: the kill comes at a random moment of it."""

STEPS: Final = (12, 40)
"""Of the log's growth before each life, at least and at most."""


async def play(stage: Stage) -> Tally:
    """Each point equally often, in an order of its own."""
    points = [POINTS[i % len(POINTS)] for i in range(stage.rounds)]
    stage.rng("points").shuffle(points)
    async with projected() as ground, lives(ground.places, stage.folder / "lives.log") as nursery:
        killed = await _killed(ground, nursery, points, stage)
        stuck = [each for each in ("postgres", "clickhouse") if await nursery.live(Life(projector=each)) == "stuck"]
        counted = [await postgres_tally(ground), await clickhouse_tally(ground)]
        facts = {"records": float(len(ground.log.records)), "not_reached": float(len(points) - killed)}
        unresolved = Tally(
            killed,
            unresolved=len(stuck),
            facts=facts,
            examples=tuple(f"{each}: did not catch up after its last death" for each in stuck),
        )
        return total([unresolved, *counted])


async def _killed(ground: Projected, nursery: Nursery, points: list[tuple[str, str]], stage: Stage) -> int:
    """How many died at their point."""
    ends, rng = Counter[str](), stage.rng("lives")
    for projector, point in points:
        await ground.grow(rng, rng.randint(*STEPS))
        ends[await nursery.live(replace(_life(projector, point, rng), bug=stage.control))] += 1
    return ends["killed"]


def _life(projector: str, point: str, rng: random.Random) -> Life:
    longest = {"in_commit": COMMIT_S, "in_insert": INSERT_S}.get(point, 0.0)
    return Life(
        projector=projector,
        point=point,
        nth=rng.choice((1, 1, 2)),
        late_s=rng.uniform(0.0005, longest) if longest else 0.0,
        records=rng.choice((3, 6, 12)),
    )


CLAIM = Claim(
    id="R5",
    says=(
        "The Postgres projector and the ClickHouse projector are killed at each point of their work (before and after"
        " a read, with the positions locked, before and after the notification, before, within and after the commit;"
        " before and after the plan, before, within and after the insert, before and after the plan is marked done)"
        " over a log that grows. Every record has its row once in both; all tables of PostgreSQL are byte-equal to a"
        " rebuild's, all views of ClickHouse are equal to a rebuild's."
    ),
    unit="kills",
    rounds=324,
    leg=108,
    quick=6,
    control_rounds=9,
    bug="The Postgres projector commits its position before its rows; a block has a new token with each try.",
    play=play,
    slow_control=True,
)
