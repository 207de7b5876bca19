"""R14: the read databases and ClickHouse are deleted under the running processes, and made again from log and vault.

1. Sums of every table, digests of every analytics view, the companies' schemas: what must be there again.
2. All read databases are dropped. Nobody can decide or claim any more: the log comes to rest. Then ClickHouse's.
3. ClickHouse is filled from offset 0, then a new generation of the read database; at the very positions of (1) its
   tables are compared; it is shown, the processes move over to it by themselves.
4. While they work again for a while, the log and the provider are asked what was sent.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import httpx
import psycopg

from cli.drill.attempts import attempts
from cli.drill.schemas import company_views
from cli.processes.common import active_generation, clickhouse_target, event_source
from cli.processes.rebuild import rebuilder
from cli.settings import Settings
from cli.status.walk import walk
from domain.kernel.errors import Unavailable
from eventlog.model import Anchor
from eventlog.topics import Topics
from projections.clickhouse.connection import Target, connect
from projections.clickhouse.generations import active_generation as active_analytics
from projections.clickhouse.generations import generation_database, run
from projections.clickhouse.projector import AnalyticsConfig
from projections.clickhouse.rebuild import Digest, digests, lose, rebuild, rebuild_lost
from projections.clickhouse.store import ClickHouseStore
from projections.compare import Snapshot, snapshot
from projections.generation import drop_generation
from projections.names import Role, database_name
from projections.pool import unavailable_when_away
from projections.rebuild import Rebuilt, Spoil, nothing
from projections.run import Source
from vault.db import Vault, open_vault
from vault.provision import DATABASE, ROLE

REST_S: Final = 1.5
"""A log that got nothing for so long after the read databases went is at rest: a writer's answer takes milliseconds."""

WAIT_S: Final = 120.0
"""For ClickHouse to have all that the log has, and for the processes to be back."""

WATCH_S: Final = 5.0
"""How long the processes are watched when they are back: a runner looks for due effects each second."""

POLL_S: Final = 0.2


Say = Callable[[str], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drilled:
    """What came of it. tables, rows: of the read database; differing: names of all that differ, analytics views as
    `clickhouse.…`, schemas of companies as `schemas`.

    sent_during: chunks attempted between the loss and the new database's being shown. sent_again: attempted at any
    time after the loss though they had their end before it. provider_sent: what the simulated provider showed to
    leads, before and after; None for a real one. open_before: effects that waited at the loss: they may be carried out
    afterwards. control: the rebuilt databases were altered on purpose before they were compared; they were then made
    once more, and `healed` says whether that was equal.
    """

    equal: bool
    tables: int
    rows: int
    analytics_views: int
    differing: tuple[str, ...]
    records: int
    generation: int
    sent_during: int
    sent_again: int
    provider_sent: tuple[int, int] | None
    open_before: int
    control: bool
    healed: bool | None
    seconds: Mapping[str, float]

    @property
    def good(self) -> bool:
        return self.equal and not self.sent_during and not self.sent_again

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Before:
    """What must be there again."""

    generation: int
    shown: Snapshot
    schemas: list[tuple[str, ...]]
    open_effects: int
    provider: int | None


@dataclass(slots=True)
class _Clock:
    began: float
    seconds: dict[str, float]

    def lap(self, name: str) -> None:
        now = time.monotonic()
        self.seconds[name] = round(now - self.began - sum(self.seconds.values()), 2)


async def drill(
    settings: Settings, *, control: bool = False, watch_s: float = WATCH_S, say: Say = lambda _: None
) -> Drilled:
    """Needs the admin password. Raises Unavailable; the data are then still in log and vault: `legion rebuild`."""
    source = await event_source(settings, asyncio.Event())
    if source is None:
        raise Unavailable("kafka_unavailable")
    clock = _Clock(time.monotonic(), {})
    async with open_vault(settings.dsn(ROLE, DATABASE), settings.keks) as vault:
        before = await _before(settings, vault)
        say(f"{len(before.shown.sums)} tables of generation {before.generation} summed")
        clock.lap("sums")
        for generation in await vault.generations.all():
            await drop_generation(settings.admin_dsn(), generation.n)
        say("read databases deleted")
        at_rest = await _at_rest(source)
        clock.lap("delete")
        views, differing_views = await _analytics(settings, source, at_rest, control=control, say=say)
        clock.lap("clickhouse")
        rebuilt, differing, healed = await _read_database(settings, vault, source, before, control=control)
        ends = (await walk(source, list(at_rest.values()), within_s=WAIT_S)).ends
        say(f"generation {rebuilt.generation} shown")
        clock.lap("postgres")
        schemas = await company_views(settings.admin_dsn(database_name(rebuilt.generation)))
        await _back(settings, rebuilt.generation)
        clock.lap("back")
        await asyncio.sleep(watch_s)
    called = await attempts(source, at_rest)
    clock.lap("watched")
    clock.seconds["total"] = round(time.monotonic() - clock.began, 2)
    differing += differing_views + (() if schemas == before.schemas else ("schemas",))
    return Drilled(
        equal=not differing,
        tables=len(before.shown.sums),
        rows=sum(each.rows for each in before.shown.sums.values()),
        analytics_views=views,
        differing=differing,
        records=rebuilt.records,
        generation=rebuilt.generation,
        sent_during=called.until({partition: anchor.next_offset for partition, anchor in ends.items()}),
        sent_again=called.again,
        provider_sent=await _provider_pair(settings, before.provider),
        open_before=before.open_effects,
        control=control,
        healed=healed,
        seconds=clock.seconds,
    )


async def _before(settings: Settings, vault: Vault) -> _Before:
    number = await active_generation(vault)
    dsn = settings.dsn(Role.PROJECTOR, database_name(number))
    with unavailable_when_away():
        async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as conn:
            cursor = await conn.execute("select count(*) from core.effects where state <> 'done'")
            row = await cursor.fetchone()
    return _Before(
        generation=number,
        shown=await snapshot(dsn),
        schemas=await company_views(settings.admin_dsn(database_name(number))),
        open_effects=row[0] if row else 0,
        provider=await _provider_sent(settings),
    )


async def _at_rest(source: Source) -> dict[int, Anchor]:
    """Waits until nothing is appended any more: the anchors of the log's end."""
    ends = (await walk(source, source.genesis(), within_s=WAIT_S)).ends
    since = time.monotonic()
    deadline = since + WAIT_S
    while time.monotonic() - since < REST_S:
        await asyncio.sleep(POLL_S)
        now = (await walk(source, list(ends.values()), within_s=WAIT_S)).ends
        if now != ends:
            ends, since = now, time.monotonic()
        if time.monotonic() > deadline:
            raise Unavailable("log_not_at_rest", "something still appends to [events] without a read database")
    return ends


async def _analytics(
    settings: Settings, source: Source, ends: Mapping[int, Anchor], *, control: bool, say: Say
) -> tuple[int, tuple[str, ...]]:
    """(views, those that differ)."""
    target = clickhouse_target(settings)
    config = AnalyticsConfig(
        bootstrap=source.bootstrap,
        target=target,
        topics=Topics(settings.topic_prefix),
        partitions=settings.partitions,
        cluster=source.cluster,
    )
    await _caught_up(target, ends)
    before = await digests(target)
    number = await lose(target)
    say("ClickHouse deleted")
    await rebuild_lost(config, number + 1)
    if control:
        await _spoil_analytics(target, number + 1)
    after = await digests(target)
    if control:
        await rebuild(config)
    say(f"{len(after)} views of ClickHouse made again")
    return len(before), _differing(before, after)


def _differing(before: Mapping[str, Digest], after: Mapping[str, Digest]) -> tuple[str, ...]:
    return tuple(f"clickhouse.{view}" for view in before if before[view] != after[view])


async def _caught_up(target: Target, ends: Mapping[int, Anchor]) -> None:
    """Waits until the running projector has written all there is."""
    deadline = time.monotonic() + WAIT_S
    async with connect(target) as client:
        number = await active_analytics(client, target)
        store = ClickHouseStore(client, target, number, must_be_active=False)
        while True:
            stored = await store.state()
            behind = [
                partition
                for partition, end in ends.items()
                if not end.is_genesis
                and not (
                    partition in stored
                    and stored[partition].done
                    and stored[partition].plan.after.next_offset >= end.next_offset
                )
            ]
            if not behind:
                return
            if time.monotonic() > deadline:
                raise Unavailable("analytics_behind", f"partitions {behind}: does `legion analytics` run?")
            await asyncio.sleep(POLL_S)


async def _read_database(
    settings: Settings, vault: Vault, source: Source, before: _Before, *, control: bool
) -> tuple[Rebuilt, tuple[str, ...], bool | None]:
    """(the generation that is shown now, tables that differ, whether the second try of a control was equal)."""

    async def made(spoil: Spoil, *, compare_only: bool) -> Rebuilt:
        work = replace(rebuilder(settings, vault, source), spoil=spoil)
        # Shown even where it differs: another there is not, and the answer says so.
        return await work.run(compare_only=compare_only, accept_differences=True, against=before.shown)

    if not control:
        rebuilt = await made(nothing, compare_only=False)
        return rebuilt, _tables(rebuilt), None
    spoiled = await made(_spoil_journal, compare_only=True)
    rebuilt = await made(nothing, compare_only=False)
    return rebuilt, _tables(spoiled), not _tables(rebuilt)


def _tables(rebuilt: Rebuilt) -> tuple[str, ...]:
    assert rebuilt.comparison is not None, "there was a snapshot"
    return tuple(difference.table for difference in rebuilt.comparison.differences)


async def _spoil_journal(dsn: str) -> None:
    """An event left out."""
    with unavailable_when_away():
        async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as conn:
            await conn.execute("delete from core.journal where ctid = (select min(ctid) from core.journal)")


async def _spoil_analytics(target: Target, number: int) -> None:
    """A fact counted twice."""
    events = f"{generation_database(target, number)}.events"
    async with connect(target) as client:
        await run(client, f"INSERT INTO {events} SELECT * FROM {events} LIMIT 1")  # noqa: S608 - our own name


async def _back(settings: Settings, number: int) -> None:
    """Waits until the projector of the new generation has caught up, and the API answers (where there is one)."""
    deadline = time.monotonic() + WAIT_S
    while not (await _live(settings, number) and await _api_ready(settings)):
        if time.monotonic() > deadline:
            raise Unavailable("not_back", "the new database is there; projector or API have not come back to it")
        await asyncio.sleep(POLL_S)


async def _live(settings: Settings, number: int) -> bool:
    with unavailable_when_away():
        dsn = settings.dsn(Role.PROJECTOR, database_name(number))
        async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as conn:
            cursor = await conn.execute("select count(*), count(*) filter (where live) from work.positions")
            return await cursor.fetchone() == (settings.partitions, settings.partitions)


async def _api_ready(settings: Settings) -> bool:
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=5) as http:
            answer = await http.get(f"http://{settings.api_host}:{settings.api_port}/health/ready")
    except httpx.HTTPError:
        return False
    return answer.status_code == httpx.codes.OK


async def _provider_sent(settings: Settings) -> int | None:
    """How many messages the simulated provider has shown to leads; None when it is none."""
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=5) as http:
            answer = await http.get(f"{settings.evolution_url}/_sim/sent")
            return len(answer.json()) if answer.status_code == httpx.codes.OK else None
    except (httpx.HTTPError, ValueError):
        return None


async def _provider_pair(settings: Settings, before: int | None) -> tuple[int, int] | None:
    after = await _provider_sent(settings)
    return None if before is None or after is None else (before, after)
