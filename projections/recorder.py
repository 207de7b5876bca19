"""Time travel: `eventsourcing`'s Repository over the journal (`Repository.get(stream, version=n)`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import NoReturn
from uuid import UUID

import psycopg
from eventsourcing.application import AggregateNotFoundError, Repository
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import AggregateRecorder, EventStore, JSONTranscoder, Mapper, StoredEvent
from psycopg.rows import TupleRow

from domain import routing as _routing  # noqa: F401  completes the registry of aggregates
from domain.kernel.errors import NotFound, Refused
from domain.kernel.stream import Stream
from eventlog.codec import Codec, default_codec
from projections.pool import unavailable_when_away

SELECT = """
select stream, version, topic, value from core.journal
where stream = %(stream)s and applied and version is not null
    and (%(gt)s::bigint is null or version > %(gt)s) and (%(lte)s::bigint is null or version <= %(lte)s)
"""


class JournalRecorder(AggregateRecorder):
    """Reads a stream's events from the journal; `state` is the record's value. Only the writer appends."""

    def __init__(self, conn: psycopg.Connection[TupleRow]) -> None:
        super().__init__()
        self._conn = conn

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: object) -> NoReturn:
        """Raises Refused `journal_is_read_only`."""
        raise Refused("journal_is_read_only", f"{len(stored_events)} events go to the log by the writer")

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        query = SELECT + (" order by version desc" if desc else " order by version") + " limit %(limit)s"
        with unavailable_when_away():
            rows = self._conn.execute(
                query, {"stream": str(originator_id), "gt": gt, "lte": lte, "limit": limit}, binary=True
            ).fetchall()
        return [StoredEvent(stream, version, topic, bytes(value)) for stream, version, topic, value in rows]


class RecordMapper(Mapper[str]):
    """Our records ⇄ events: by the codec and its closed registry, never by import paths found in data."""

    def __init__(self, codec: Codec | None = None) -> None:
        super().__init__(JSONTranscoder())
        self._codec = codec or default_codec()

    def to_stored_event(self, domain_event: DomainEventProtocol[str]) -> NoReturn:
        """Raises Refused: an event without its envelope is no record."""
        raise Refused("journal_is_read_only", type(domain_event).__name__)

    def to_domain_event(self, stored_event: StoredEvent) -> DomainEventProtocol[str]:
        return self._codec.decode_event(stored_event.state).event


class Streams:
    """The state of any stream, as it is or as it was."""

    def __init__(self, conn: psycopg.Connection[TupleRow], codec: Codec | None = None) -> None:
        self._conn = conn
        self.repository: Repository[str] = Repository(EventStore(RecordMapper(codec), JournalRecorder(conn)))

    def get(self, name: str, *, version: int | None = None, at: datetime | None = None) -> Stream:
        """At `version`, or as it was at the moment `at`, or now. Raises NotFound `stream_not_found`, Unavailable."""
        if at is not None:
            version = self.version_at(name, at)
        if version == 0:
            raise NotFound("stream_not_found", name)
        try:
            found: Stream = self.repository.get(name, version=version)
        except AggregateNotFoundError:
            raise NotFound("stream_not_found", name) from None
        return found

    def version_at(self, name: str, at: datetime) -> int:
        """The stream's version at that moment, 0 before its first event. Read back from its end: no event of a journey
        is earlier than the one before (`core.journeys.last_at`), and an index for this alone would cost each event."""
        with unavailable_when_away():
            row = self._conn.execute(
                "select version from core.journal where stream = %s and at <= %s and version is not null and applied"
                " order by version desc limit 1",
                (name, at),
            ).fetchone()
        return int(row[0]) if row else 0


@contextmanager
def repository(dsn: str) -> Iterator[Streams]:
    """dsn: as `legion_writer` (the journal is all it reads). Raises Unavailable."""
    with unavailable_when_away():
        conn = psycopg.connect(dsn, autocommit=True)
    with conn:
        yield Streams(conn)
