"""A projector that commits its position, and then in another transaction its rows: what dies in between is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import psycopg

from cli.processes import projector
from eventlog.model import Anchor, Commit
from projections.journal import anchor_of
from projections.plan import Known, Place, Questions
from projections.pool import Connection
from projections.positions import continued
from projections.postgres import POSITIONS, PostgresProjector

ANYWHERE: Final = Anchor.genesis(cluster_id="", topic="", partition=0)


GAP_S: Final = 0.05
"""Between the two transactions of a planted one: a kill from outside falls into it, however fast the machine is."""


class PositionFirst(PostgresProjector):
    gap_s = 0.0

    async def _write(self, commits: Sequence[Commit], poison: frozenset[Place] = frozenset()) -> None:
        async with self._connection() as conn, conn.transaction():
            cursor = await conn.execute(POSITIONS, (sorted({commit.partition for commit in commits}),))
            before = {row[1]: (anchor_of(row[:7]), row[7]) for row in await cursor.fetchall()}
            after = continued(before, commits, generation=self.generation, state="")
            for partition, (anchor, _) in before.items():
                await super()._move(conn, anchor, after[partition])
        await asyncio.sleep(self.gap_s)
        await super()._write(commits, poison)

    async def _ask(
        self, conn: Connection, commits: Sequence[Commit], asked: Questions
    ) -> tuple[dict[int, Anchor], Known]:
        """Of the second transaction: the positions stand behind the commits already, nothing is checked."""
        _, known = await super()._ask(conn, (), asked)
        return dict.fromkeys((commit.partition for commit in commits), ANYWHERE), known

    async def _move(self, conn: Connection, _before: Anchor, _after: Anchor) -> psycopg.AsyncCursor[Any]:
        return await conn.execute("select 'moved before'")


def plant() -> None:
    """Into `legion projector`."""
    PositionFirst.gap_s = GAP_S
    vars(projector)["PostgresProjector"] = PositionFirst
