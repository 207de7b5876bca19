"""What fails and what is read is counted here, by all processes together, until a summary of it is put out.

add ─▶ one row for each minute (or quarter of an hour) and what is counted ─▶ close: gone, in one transaction with the
commands that tell of it. Nothing is told twice, nothing is lost but what a killed process had not added yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Generic, NamedTuple, TypeVar

from vault.accounts.outbox import Put, put_out_all
from vault.pool import Pool

GRACE: Final = timedelta(seconds=2)
"""For rows on their way: one that comes later still is told of by itself."""

GROUPS: Final = 50
"""Summaries of one transaction."""


class FailureKey(NamedTuple):
    """As the table's columns."""

    company: str
    failure: str
    account: str
    network: str


class ReadKey(NamedTuple):
    """As the table's columns."""

    company: str
    reader_kind: str
    reader: str
    resource: str
    subject: str


K = TypeVar("K", FailureKey, ReadKey)


@dataclass(frozen=True, slots=True)
class Counted(Generic[K]):
    """rows: of one group, with how many of each."""

    since: datetime
    until: datetime
    rows: Sequence[tuple[K, int]]


Teller = Callable[[Counted[K]], Iterable[Put]]


@dataclass(frozen=True, slots=True)
class _Kind(Generic[K]):
    """table: with a column `since` and those of the key. by: what a group has in common."""

    table: str
    key: type[K]
    by: tuple[str, ...]
    length: timedelta


FAILURES: Final = _Kind("failure_count", FailureKey, ("company",), timedelta(minutes=1))
"""Told of by the minute (design §7)."""

READS: Final = _Kind("read_count", ReadKey, ("company", "reader_kind", "reader", "resource"), timedelta(minutes=15))
"""Who works with a list for an hour is told of four times, not at each look."""


class Counts:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def add_failures(self, counts: Mapping[FailureKey, int]) -> None:
        """In the minute of now. Raises Unavailable."""
        await self._add(FAILURES, counts)

    async def add_reads(self, counts: Mapping[ReadKey, int]) -> None:
        """In the quarter of an hour of now. Raises Unavailable."""
        await self._add(READS, counts)

    async def close_failures(self, told: Teller[FailureKey], *, ahead: timedelta = timedelta(0)) -> int:
        """Puts out what `told` makes of each minute that is over: a group for each company. ahead: of now, for who
        cannot wait. Returns how many groups there were. Raises Unavailable."""
        return await self._close(FAILURES, told, ahead)

    async def close_reads(self, told: Teller[ReadKey], *, ahead: timedelta = timedelta(0)) -> int:
        """As `close_failures`: a group for each reader and resource."""
        return await self._close(READS, told, ahead)

    async def _add(self, kind: _Kind[K], counts: Mapping[K, int]) -> None:
        if not counts:
            return
        keys: list[K] = sorted(counts)  # one order for all processes: none waits for another that waits for it
        columns = ", ".join(kind.key._fields)
        arrays = ", ".join("%s::text[]" for _ in kind.key._fields)
        async with self._pool.connection() as connection:
            await connection.execute(
                f"insert into {kind.table} as t (since, {columns}, count)"  # noqa: S608  names of ours
                f" select date_bin(%s, clock_timestamp(), 'epoch'), * from unnest({arrays}, %s::bigint[])"
                f" on conflict (since, {columns}) do update set count = t.count + excluded.count",
                (kind.length, *map(list, zip(*keys, strict=True)), [counts[key] for key in keys]),
            )

    async def _close(self, kind: _Kind[K], told: Teller[K], ahead: timedelta) -> int:
        by = ("since", *kind.by)
        columns = ", ".join(kind.key._fields)
        same = " and ".join(f"t.{name} = due.{name}" for name in by)
        groups: dict[tuple[object, ...], list[tuple[K, int]]] = {}
        async with self._pool.transaction() as connection:
            cursor = await connection.execute(
                f"with due as (select distinct {', '.join(by)} from {kind.table}"  # noqa: S608  names of ours
                f" where since <= clock_timestamp() - %s order by {', '.join(by)} limit {GROUPS}),"
                f" gone as (delete from {kind.table} t using due where {same} returning t.*)"
                f" select since, count, {columns} from gone order by since, {columns}",
                (kind.length + GRACE - ahead,),
            )
            for since, count, *values in await cursor.fetchall():
                key: K = kind.key(*values)
                group = (since, *(getattr(key, name) for name in kind.by))
                groups.setdefault(group, []).append((key, count))
            for (since, *_), rows in groups.items():
                assert isinstance(since, datetime)
                await put_out_all(connection, told(Counted(since, since + kind.length, rows)))
        return len(groups)
