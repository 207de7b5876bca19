"""What the writer asks of the journal (its port `commands.ports.JournalPort`, by shape)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from domain.kernel.event import Event
from eventlog.codec import Codec, default_codec
from eventlog.model import Anchor
from projections.pool import ReadPool, connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """All of one snapshot. The fields are those of the writer's port."""

    next_offset: int
    events: Mapping[tuple[str, str], Sequence[Event]] = field(default_factory=dict)
    known: frozenset[tuple[str, str]] = frozenset()
    last_at: Mapping[str, datetime] = field(default_factory=dict)
    quarantined: frozenset[str] = frozenset()


LOAD = """
with asked as (select * from unnest(%(journeys)s::text[]) as a(journey))
select 'o' as what, next_offset::text as a, null::text as b, null::timestamptz as at, null::bytea as value, 0 as version
from work.positions where partition = %(partition)s
union all
select 'e', j.journey, j.stream, null, j.value, j.version
from (select distinct * from unnest(%(stream_journeys)s::text[], %(streams)s::text[]) as s(journey, stream)) s
join core.journal j on j.stream = s.stream and j.journey is not distinct from s.journey and j.applied
    and j.version is not null
union all
select distinct 'k', j.journey, j.command_id, null::timestamptz, null::bytea, 0
from unnest(%(command_journeys)s::text[], %(commands)s::text[]) as c(journey, command_id)
join core.journal j on j.journey = c.journey and j.command_id = c.command_id
union all
select 'l', j.journey, null, j.last_at, null, 0 from core.journeys j join asked using (journey)
union all
select 'q', q.journey, null, null, null, 0 from core.quarantine q join asked using (journey)
order by what, version
"""
"""A stream's events are found by its name alone; `is not distinct from` keeps PostgreSQL from also walking through all
that the journey's other streams have in the index."""


class JournalReader:
    """pool: as `legion_writer`."""

    def __init__(self, pool: ReadPool, codec: Codec | None = None) -> None:
        self._pool = pool
        self._codec = codec or default_codec()

    async def load(
        self, partition: int, streams: Sequence[tuple[str, str]], command_ids: Sequence[tuple[str, str]]
    ) -> Loaded:
        """streams: (journey, stream). command_ids: (journey, command id). One query. Raises Unavailable."""
        journeys = list({journey for journey, _ in (*streams, *command_ids)})
        async with connection(self._pool) as conn:
            cursor = await conn.execute(
                LOAD,
                {
                    "partition": partition,
                    "journeys": journeys,
                    "stream_journeys": [journey for journey, _ in streams],
                    "streams": [stream for _, stream in streams],
                    "command_journeys": [journey for journey, _ in command_ids],
                    "commands": [command for _, command in command_ids],
                },
                binary=True,
            )
            rows = await cursor.fetchall()
        next_offset = 0
        events: dict[tuple[str, str], list[Event]] = {}
        known: set[tuple[str, str]] = set()
        last_at: dict[str, datetime] = {}
        quarantined: set[str] = set()
        for what, a, b, at, value, _ in rows:
            if what == "o":
                next_offset = int(a)
            elif what == "e":
                events.setdefault((a, b), []).append(self._codec.decode_event(bytes(value)).event)
            elif what == "k":
                known.add((a, b))
            elif what == "l":
                last_at[a] = at
            else:
                quarantined.add(a)
        return Loaded(
            next_offset=next_offset,
            events=events,
            known=frozenset(known),
            last_at=last_at,
            quarantined=frozenset(quarantined),
        )

    async def anchor(self, partition: int) -> Anchor | None:
        """The anchor of the projector's position, None before the partition's first commit. Raises Unavailable."""
        async with connection(self._pool) as conn:
            cursor = await conn.execute(
                "select epoch, partition, next_offset, head, last_command_offset, commit_offset, commit_prev"
                " from work.positions where partition = %s and commit_offset >= 0",
                (partition,),
            )
            row = await cursor.fetchone()
        return None if row is None else anchor_of(row)


def anchor_of(row: Sequence[object]) -> Anchor:
    """From (epoch, partition, next_offset, head, last_command_offset, commit_offset, commit_prev)."""
    epoch, partition, next_offset, head, last_command_offset, commit_offset, commit_prev = row
    assert isinstance(epoch, int) and isinstance(partition, int) and isinstance(next_offset, int)  # noqa: PT018
    assert isinstance(head, bytes) and isinstance(commit_prev, bytes)  # noqa: PT018
    assert isinstance(last_command_offset, int) and isinstance(commit_offset, int)  # noqa: PT018
    return Anchor(
        epoch=epoch,
        partition=partition,
        next_offset=next_offset,
        head=head,
        last_command_offset=last_command_offset,
        commit_offset=commit_offset,
        commit_prev=commit_prev,
    )
