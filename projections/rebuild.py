"""A new generation from offset 0: filled, compared with the shown one, and shown in its place.

It sends nothing: effects are claimed only in the active generation, and only once its projector has caught up.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

import psycopg
import structlog

from domain.kernel.errors import Refused
from projections.compare import Comparison, Snapshot, compared, positions_of, snapshot
from projections.engine.seen import Opener
from projections.fill import Filler, Progress
from projections.generation import activate, create_generation, drop_generation, fence, generation_exists
from projections.names import PREFIX, Passwords, Role, dsn_for
from projections.pool import Connection, unavailable_when_away
from projections.postgres import PostgresProjector
from projections.provision import grant_login, provision_company
from projections.run import Source

log = structlog.get_logger()

Spoil = Callable[[str], Awaitable[None]]
"""An admin's DSN of a filled generation → nothing. Of controls: alters what the comparison must then find."""


async def nothing(_dsn: str) -> None:
    """Spoils nothing."""


class Generations(Protocol):
    """Which generation is shown (`vault.generations.Generations`), by shape."""

    async def active(self) -> int | None: ...
    async def begin(self) -> int: ...
    async def flip(self, to: int, expected: int | None) -> None: ...
    async def drop(self, n: int) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """generation: the new one. old: the one it was compared with, None when there was none. flipped: it is shown now.

    comparison: None when there was nothing to compare with: no generation before, or its database is lost.
    records: that the new one was made from.
    """

    generation: int
    old: int | None
    flipped: bool
    comparison: Comparison | None
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuild:
    """What a rebuild needs. admin_dsn: may create databases. prefix: of the databases' names."""

    admin_dsn: str
    passwords: Passwords
    source: Source
    opener: Opener
    generations: Generations
    progress: Progress = lambda _done, _all: None
    prefix: str = PREFIX
    spoil: Spoil = nothing

    async def run(
        self, *, compare_only: bool = False, accept_differences: bool = False, against: Snapshot | None = None
    ) -> Rebuilt:
        """compare_only: builds a scratch generation, compares, drops it. accept_differences: shows the new one though
        it is not equal (new code makes other tables); else raises Refused `rebuild_differs` and drops it. against:
        what the old one held, kept from before its database was lost.

        A running projector of the old generation is not disturbed until the flip. Where its database is lost, the new
        one is filled to the log's end. Raises Unavailable.
        """
        old = await self.generations.active()
        lost = old is not None and not await generation_exists(self.admin_dsn, old, prefix=self.prefix)
        n = await self.generations.begin()
        try:
            await create_generation(self.admin_dsn, n, self.passwords, prefix=self.prefix)
            async with (
                PostgresProjector(self._dsn(n, Role.PROJECTOR), n, self.opener) as projector,
                Filler(projector, self.source, self.progress) as filler,
            ):
                comparison = await self._compare(filler, n, None if lost else old, against)
                if not compare_only:
                    _check(comparison, n, old, accept_differences)
                    await self._flip(filler, n, old, lost)
            if compare_only:
                await self._give_up(n)
            return Rebuilt(generation=n, old=old, flipped=not compare_only, comparison=comparison, records=filler.done)
        except BaseException:
            shown = await self.generations.active()
            if shown != n:
                await self._give_up(n)
            if shown is not None and shown == old and not lost:
                await self._set(old, activate)  # in case it was fenced already
            raise

    async def _compare(self, filler: Filler, n: int, old: int | None, against: Snapshot | None) -> Comparison | None:
        """At the very positions that the old one had when its sums were made."""
        if against is None and old is not None:
            against = await snapshot(self._dsn(old, Role.PROJECTOR))
        await filler.fill(None if against is None else against.positions)
        if against is None:
            return None
        await self.spoil(self._dsn(n, None))
        return compared(against.sums, (await snapshot(self._dsn(n, Role.PROJECTOR))).sums)

    async def _flip(self, filler: Filler, n: int, old: int | None, lost: bool) -> None:
        """Fences the old one, passes it in every partition, provisions companies, shows the new one, drops the old."""
        if old is not None and not lost:
            await self._set(old, fence)
            await filler.fill(await positions_of(self._dsn(old, Role.PROJECTOR)))
        else:
            await filler.fill(None)
        await self._provision(n)
        await self.generations.flip(n, old)
        await self._set(n, activate)
        log.info("generation_shown", generation=n, old=old)
        if old is not None:
            await drop_generation(self.admin_dsn, old, prefix=self.prefix)

    async def _provision(self, n: int) -> None:
        """The schemas of companies: not in the log, made again. Their logins and passwords are the server's."""
        with unavailable_when_away():
            async with await psycopg.AsyncConnection.connect(self._dsn(n, None), autocommit=True) as conn:
                cursor = await conn.execute("select id from core.companies where provisioned order by company_id")
                for (company,) in await cursor.fetchall():
                    await provision_company(conn, company)
                    await grant_login(conn, company)

    async def _set(self, n: int, state: Callable[[Connection], Awaitable[None]]) -> None:
        """state: `activate` or `fence`."""
        with unavailable_when_away():
            async with await psycopg.AsyncConnection.connect(self._dsn(n, Role.PROJECTOR), autocommit=True) as conn:
                await state(conn)

    async def _give_up(self, n: int) -> None:
        await drop_generation(self.admin_dsn, n, prefix=self.prefix)
        await self.generations.drop(n)

    def _dsn(self, n: int, role: Role | None) -> str:
        password = self.passwords.by_role()[role] if role is not None else ""
        return dsn_for(self.admin_dsn, n, role, password, prefix=self.prefix)


def _check(comparison: Comparison | None, n: int, old: int | None, accept: bool) -> None:
    """Raises Refused `rebuild_differs`."""
    if comparison is not None and not comparison.equal and not accept:
        names = ", ".join(difference.table for difference in comparison.differences)
        raise Refused("rebuild_differs", f"generation {n} differs from {old} in {names}")
