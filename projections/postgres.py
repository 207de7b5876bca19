"""The Postgres projector: a batch of commits → one transaction (journal, read models, effects, position)."""

from __future__ import annotations

import struct
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final

import psycopg
import structlog
from psycopg.types.numeric import Int8BinaryDumper

from eventlog.model import Anchor, Commit
from projections import metrics
from projections.engine.seen import Key, Opener
from projections.generation import activate
from projections.journal import anchor_of
from projections.plan import Known, Place, Plan, Questions, commit_place, plan, questions
from projections.pool import Connection, unavailable_when_away
from projections.positions import Fenced, continued
from projections.read.listener import CHANNEL, payload_of
from vault.pool import time_limit

log = structlog.get_logger()

NOTIFY_BYTES: Final = 7_900
"""PostgreSQL takes payloads below 8,000 bytes."""


LONGEST: Final = timedelta(seconds=30)
"""Of a transaction, which takes well below a second. A projector that is frozen within one holds the positions, and
with them its heir, until then. (PostgreSQL sees no idleness here: a pipeline is never at rest before its end.)"""

POSITIONS: Final = """
select epoch, partition, next_offset, head, last_command_offset, commit_offset, commit_prev, generation
from work.positions where partition = any(%b) order by partition for update
"""
STATE: Final = "select state from work.generation"
"""Asked after the positions are locked, in a statement of its own: who waited for a fence must see what it wrote."""

VERSIONS: Final = """
select s.stream, (select max(j.version) from core.journal j
    where j.stream = s.stream and j.applied and j.version is not null)
from unnest(%b::text[]) as s(stream)
"""
QUARANTINED: Final = "select journey from core.quarantine where journey = any(%b)"
GROUPS: Final = """
select e.journey, e.kind, e."group", e.id, e.state
from unnest(%b::text[], %b::text[], %b::text[]) as g(journey, kind, "group")
join core.effects e on e.journey = g.journey and e.kind = g.kind and e."group" = g."group" and e."group" <> ''
"""
INSTANCES: Final = """
select c.company_id, c.id, c.instance_id from unnest(%b::text[], %b::text[]) as s(company_id, id)
join core.conversations c on c.company_id = s.company_id and c.id = s.id
"""
OPEN_IN: Final = """
select e.journey, e.id from unnest(%b::text[], %b::text[]) as s(company_id, journey)
join core.effects e on e.company_id = s.company_id and e.journey = s.journey and e.state <> 'done'
"""
MOVE: Final = """
update work.positions p set epoch = %b, next_offset = %b, head = %b, last_command_offset = %b, commit_offset = %b,
    commit_prev = %b
where p.partition = %b and p.generation = %b and p.next_offset = %b and p.head = %b
"""
OPEN_POSITION: Final = """
insert into work.positions (epoch, partition, generation, next_offset, head, last_command_offset, commit_offset,
    commit_prev) values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict (partition) do nothing
"""

NOT_TAKEN: Final = (psycopg.DataError, psycopg.IntegrityError, TypeError, ValueError, OverflowError, struct.error)
"""The database, or the engine, will not take what a commit wants: no retry will change that. A missing table or right
is not among them: that is not the commit's fault, and stops the projector."""


class PostgresProjector:
    """Writes one generation. Batches of different partitions may be applied at once, each over a connection of its own.

    opener: `vault.keys.SubjectKeys`.
    """

    def __init__(self, dsn: str, generation: int, opener: Opener) -> None:
        self._dsn = dsn
        self.generation = generation
        self._opener = opener
        self._idle: list[Connection] = []

    async def __aenter__(self) -> PostgresProjector:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        while self._idle:
            await self._idle.pop().close()

    async def open_positions(self, genesis: Iterable[Anchor], *, active: int | None = None) -> list[Anchor]:
        """Makes missing positions from these, and returns those that are there: where to verify from.

        active: the shown generation, by the vault: if it is this one, claims and writes are allowed, even after a flip
        that died half-way. Nothing is claimed until `mark_live`. Raises Unavailable.
        """
        anchors = sorted(genesis, key=lambda anchor: anchor.partition)
        with unavailable_when_away():
            async with self._connection() as conn, conn.transaction():
                for a in anchors:
                    await conn.execute(
                        OPEN_POSITION,
                        (a.epoch, a.partition, self.generation, a.next_offset, a.head, a.last_command_offset,
                         a.commit_offset, a.commit_prev),
                    )  # fmt: skip
                cursor = await conn.execute(
                    "update work.positions set live = false where partition = any(%s)"
                    " returning epoch, partition, next_offset, head, last_command_offset, commit_offset, commit_prev",
                    ([a.partition for a in anchors],),
                )
                rows = await cursor.fetchall()
                if active == self.generation:
                    await activate(conn)
                return [anchor_of(row) for row in rows]

    async def mark_live(self, partitions: Sequence[int]) -> None:
        """These have passed the end that the log had at the start. Once all are live, effects may be claimed."""
        with unavailable_when_away():
            async with self._connection() as conn:
                await conn.execute(
                    "update work.positions set live = true where partition = any(%s)", (list(partitions),)
                )

    async def apply(self, commits: Sequence[Commit]) -> None:
        """commits: next in each partition. All of them, exactly once, or an error.

        A commit that cannot be applied puts its journey into quarantine; the others go on. Raises Fenced, Unavailable
        (whether it was written is then unknown: ask `open_positions`).
        """
        if not commits:
            return
        started = time.perf_counter()
        with unavailable_when_away():
            try:
                await self._write(commits)
            except NOT_TAKEN as error:
                log.error("batch_not_taken", error=type(error).__name__, commits=len(commits))
                await self._one_by_one(commits)
        metrics.BATCH_SECONDS.observe(time.perf_counter() - started)

    async def _one_by_one(self, commits: Sequence[Commit]) -> None:
        for commit in commits:
            try:
                await self._write((commit,))
            except NOT_TAKEN as error:
                log.error("commit_not_taken", error=type(error).__name__, journey=commit.journey)
                await self._write((commit,), frozenset({commit_place(commit)}))

    async def _write(self, commits: Sequence[Commit], poison: frozenset[Place] = frozenset()) -> None:
        asked = questions(commits)
        async with self._connection() as conn, conn.pipeline() as pipeline, conn.transaction():
            before, known = await self._ask(conn, commits, asked)
            made = plan(commits, known, poison=poison)
            statements = list(made.statements)
            moved = [await self._move(conn, before[p], anchor) for p, anchor in made.anchors.items()]
            for query, arrays in statements:
                await conn.execute(query, arrays)
            await self._aside(conn, made)
            await pipeline.sync()
            for cursor in moved:
                if cursor.rowcount != 1:
                    raise Fenced("projector_fenced", "the position moved under a lock")
        self._count(made)

    async def _ask(
        self, conn: Connection, commits: Sequence[Commit], asked: Questions
    ) -> tuple[dict[int, Anchor], Known]:
        """Locks the positions, checks that the commits continue them, and reads what the plan needs."""
        partitions = sorted({commit.partition for commit in commits})
        groups, conversations, over = sorted(asked.groups), sorted(asked.conversations), sorted(asked.ended)
        positions = await conn.execute(POSITIONS, (partitions,))
        state = await conn.execute(STATE)
        versions = await conn.execute(VERSIONS, (sorted(asked.streams),))
        quarantined = await conn.execute(QUARANTINED, (sorted(asked.journeys),))
        ended = await conn.execute(GROUPS, _columns(groups, 3)) if groups else None
        instances = await conn.execute(INSTANCES, _columns(conversations, 2)) if conversations else None
        still_open = await conn.execute(OPEN_IN, _columns(over, 2)) if over else None
        before = {row[1]: (anchor_of(row[:7]), row[7]) for row in await positions.fetchall()}
        row = await state.fetchone()
        continued(before, commits, generation=self.generation, state=row[0] if row else "")
        # Only now, under the positions' lock: whoever erases destroys the key first and then waits for this lock.
        keys: dict[tuple[str, str], Key] = {}
        if asked.subjects:
            keys = await self._opener.open_pairs(sorted(asked.subjects))
        states: dict[tuple[str, str, str], dict[str, str]] = {}
        for journey, kind, group, id_, standing in await ended.fetchall() if ended else ():
            states.setdefault((journey, kind, group), {})[id_] = standing
        open_in: dict[str, set[str]] = {journey: set() for _, journey in over}
        for journey, id_ in await still_open.fetchall() if still_open else ():
            open_in[journey].add(id_)
        return {partition: anchor for partition, (anchor, _) in before.items()}, Known(
            versions={stream: version or 0 for stream, version in await versions.fetchall()},
            quarantined=frozenset(journey for (journey,) in await quarantined.fetchall()),
            groups=states,
            instances={(c, id_): i for c, id_, i in (await instances.fetchall() if instances else ())},
            keys=keys,
            open_in={journey: frozenset(ids) for journey, ids in open_in.items()},
        )

    async def _move(self, conn: Connection, before: Anchor, after: Anchor) -> psycopg.AsyncCursor[Any]:
        return await conn.execute(
            MOVE,
            (after.epoch, after.next_offset, after.head, after.last_command_offset, after.commit_offset,
             after.commit_prev, after.partition, self.generation, before.next_offset, before.head),
        )  # fmt: skip

    async def _aside(self, conn: Connection, made: Plan) -> None:
        """Leases of what is done, the turn of new companies, and the word to listeners."""
        if made.ended:
            await conn.execute("delete from work.leases where effect_id = any(%b)", (list(made.ended),))
        if made.companies:
            await conn.execute(
                "insert into work.companies (company_id) select unnest(%b::text[]) on conflict do nothing",
                (sorted(made.companies),),
            )
        for progress in made.progress:
            await conn.execute("select pg_notify(%s, %s)", (CHANNEL, payload_of(progress, NOTIFY_BYTES)))

    def _count(self, made: Plan) -> None:
        metrics.EVENTS.inc(made.records)
        for partition, anchor in made.anchors.items():
            metrics.POSITION.labels(partition=str(partition)).set(anchor.next_offset)
        for journey, reason in made.quarantined:
            log.error("journey_quarantined", journey=journey, reason=reason)
            metrics.QUARANTINED.labels(reason=reason).inc()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        conn = self._idle.pop() if self._idle else None
        if conn is None or conn.closed:
            conn = await psycopg.AsyncConnection.connect(
                self._dsn, autocommit=True, options=time_limit("transaction", LONGEST)
            )
            # One width for all integers: the statement's types, and with them its prepared plan, stay the same.
            conn.adapters.register_dumper(int, Int8BinaryDumper)
        try:
            yield conn
        finally:
            self._idle.append(conn)


def _columns(rows: Sequence[tuple[str, ...]], width: int) -> list[list[str]]:
    return [[row[index] for row in rows] for index in range(width)]
