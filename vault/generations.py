"""The generations of the read database, and the one row whose flip shows another (design §5)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.kernel.errors import Refused
from vault.pool import Pool


class GenerationState(StrEnum):
    """building → active → dropped. A building one may be dropped without having been shown."""

    BUILDING = "building"
    ACTIVE = "active"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Generation:
    """`legion_g<n>`. dropped: nobody reads it any more and its database may go (a crash may have left it there)."""

    n: int
    state: GenerationState


class Generations:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def all(self) -> tuple[Generation, ...]:
        """Every generation there ever was, in order."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute("select n, state from generation order by n")
            return tuple(Generation(n, GenerationState(state)) for n, state in await cursor.fetchall())

    async def active(self) -> int | None:
        """The number that is shown; None before the first flip. Never cached: positions are fenced by it."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute("select n from generation where state = 'active'")
            row = await cursor.fetchone()
        return None if row is None else int(row[0])

    async def begin(self) -> int:
        """A new number, building."""
        async with self._pool.transaction() as connection:
            # Two that begin at once would take the same number: one waits here for the other.
            await connection.execute("lock table generation in share row exclusive mode")
            cursor = await connection.execute(
                "insert into generation (n, state) select coalesce(max(n), 0) + 1, 'building' from generation"
                " returning n"
            )
            row = await cursor.fetchone()
        assert row is not None, "an insert returns its row"
        return int(row[0])

    async def flip(self, to: int, expected: int | None) -> None:
        """Shows `to` in place of `expected` (None: nothing is shown yet), whose state becomes dropped. Atomic.

        Raises Refused `generation_changed` when another is active, `generation_not_building` when `to` is not.
        """
        async with self._pool.transaction() as connection:
            await connection.execute("lock table generation in share row exclusive mode")
            cursor = await connection.execute(
                "update generation set state = 'dropped', changed_at = now() where state = 'active' returning n"
            )
            row = await cursor.fetchone()
            if (None if row is None else row[0]) != expected:
                raise Refused("generation_changed", f"expected {expected} to be active")
            cursor = await connection.execute(
                "update generation set state = 'active', changed_at = now() where n = %s and state = 'building'", (to,)
            )
            if cursor.rowcount == 0:
                raise Refused("generation_not_building", f"generation {to}")

    async def drop(self, n: int) -> None:
        """Gives up a building generation. Raises Refused `generation_not_building`."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "update generation set state = 'dropped', changed_at = now() where n = %s and state = 'building'", (n,)
            )
        if cursor.rowcount == 0:
            raise Refused("generation_not_building", f"generation {n}")
