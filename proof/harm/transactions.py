"""Transactions of many companies over one pool, and all that ends one otherwise than by a commit."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import psycopg

from domain.access.sight import WHOLE
from domain.kernel.errors import Unavailable
from projections.names import Role
from projections.pool import Connection
from projections.read.db import ReadDb

SEEN: Final = """
select current_user, coalesce(current_setting('legion.company', true), ''),
    (select coalesce(array_agg(distinct company_id), '{}') from core.leads),
    (select coalesce(array_agg(distinct company_id), '{}') from core.messages),
    (select count(*) from core.messages)
"""
ENDS: Final = {
    "commit": 0.50,
    "system": 0.20,
    "statement": 0.10,
    "error": 0.05,
    "sql_error": 0.05,
    "cancelled": 0.04,
    "timed_out": 0.03,
    "server_timeout": 0.02,
    "killed": 0.01,
}
"""How a transaction goes, and how often. `system`, `statement`: of no company, as the runner sees all."""

WAIT_S: Final = 0.02
"""Longest wait of who is cut off: in the pool's queue, or within a query."""


class Planned(Exception):
    """Something in our own code went wrong within a transaction."""


@dataclass(slots=True)
class Clerks:
    """rows: company → its messages. faults: in words."""

    db: ReadDb
    admin: Connection
    rng: random.Random
    rows: dict[str, int]
    ends: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    async def work(self, transactions: int, clerks: int) -> None:
        """So many at once, on fewer connections: most of the time the pool is exhausted."""
        left = iter(range(transactions))

        async def clerk() -> None:
            for _ in left:
                [end] = self.rng.choices(list(ENDS), list(ENDS.values()))
                self.ends[end] += 1
                await self._one(end, self.rng.choice(list(self.rows)))

        async with asyncio.TaskGroup() as group:
            for _ in range(clerks):
                group.create_task(clerk())

    async def _one(self, end: str, company: str) -> None:
        try:
            if end == "system":
                async with self.db.system() as conn:
                    await self._looks(conn, "")
            elif end == "statement":
                async with self.db.statement() as conn:
                    await self._looks(conn, "")
            elif end == "cancelled":
                await self._cancelled(company)
            elif end == "timed_out":
                async with asyncio.timeout(self.rng.uniform(0, WAIT_S)):
                    await self._of(end, company)
            else:
                await self._of(end, company)
        except (Planned, TimeoutError, psycopg.Error, Unavailable):
            return

    async def _of(self, end: str, company: str) -> None:
        """One transaction; looks twice, for what comes between must not change it either."""
        async with self.db.company(company, WHOLE) as conn:
            await self._looks(conn, company)
            if end == "error":
                raise Planned
            if end == "sql_error":
                await conn.execute("select 1 / 0")
            if end == "server_timeout":
                await conn.execute("set local statement_timeout = 1")
                await conn.execute("select pg_sleep(1)")
            if end == "killed":
                await self.admin.execute("select pg_terminate_backend(%s)", (conn.info.backend_pid,))
            if end in ("cancelled", "timed_out"):
                await conn.execute("select pg_sleep(1)")
            await self._looks(conn, company)

    async def _cancelled(self, company: str) -> None:
        task = asyncio.create_task(self._of("cancelled", company))
        await asyncio.wait([task], timeout=self.rng.uniform(0, WAIT_S))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def _looks(self, conn: Connection, company: str) -> None:
        """company: '' for who must see all, as the runner, in no company's name."""
        row = await (await conn.execute(SEEN)).fetchone()
        assert row is not None
        user, context, leads, messages, count = row
        wanted: Sequence[str] = [company] if company else sorted(self.rows)
        role = Role.APP if company else Role.RUNNER
        if user != role or context != company or set(leads) - set(wanted) or set(messages) - set(wanted):
            self.faults.append(f"of {company or 'nobody'}: {user} in {context or 'no company'} saw {leads}, {messages}")
        elif count != (self.rows[company] if company else sum(self.rows.values())):
            self.lost.append(f"of {company or 'nobody'}: {count} messages")
