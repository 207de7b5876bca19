"""A projector that commits its position, and then in another transaction its rows: what dies in between is lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from cli.processes import projector
from eventlog.model import Anchor, Commit
from projections.journal import anchor_of
from projections.plan import Known, Place, plan
from projections.pool import Connection
from projections.postgres import POSITIONS, PostgresProjector


class PositionFirst(PostgresProjector):
    async def _write(self, commits: Sequence[Commit], poison: frozenset[Place] = frozenset()) -> None:
        async with self._connection() as conn, conn.transaction():
            cursor = await conn.execute(POSITIONS, (sorted({commit.partition for commit in commits}),))
            before = super()._checked(await cursor.fetchall(), commits)
            for partition, anchor in plan(commits, Known()).anchors.items():
                await super()._move(conn, before[partition], anchor)
        await super()._write(commits, poison)

    def _checked(self, rows: Sequence[tuple[Any, ...]], _commits: Sequence[Commit]) -> dict[int, Anchor]:
        """Of the second transaction: the positions stand behind the commits already."""
        return {row[1]: anchor_of(row[:7]) for row in rows}

    async def _move(self, conn: Connection, _before: Anchor, _after: Anchor) -> psycopg.AsyncCursor[Any]:
        return await conn.execute("select 'moved before'")


def plant() -> None:
    """Into `legion projector`."""
    vars(projector)["PostgresProjector"] = PositionFirst
