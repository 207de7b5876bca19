"""Time travel, and the library's own tests of a recorder, run against ours."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Sequence
from itertools import count
from types import ModuleType
from uuid import uuid4

import psycopg
import pytest
from eventsourcing.persistence import AggregateRecorder, IntegrityError, StoredEvent

from domain.kernel.errors import NotFound, Refused
from projections.names import Role
from projections.recorder import JournalRecorder, RecordMapper, repository
from proof.ground.generation import Generation
from proof.ground.histories import COMPANY, Log, Story, set_up
from proof.servers import in_thread

pytestmark = pytest.mark.stack

# The library's test module imports its AES cipher, which wants a package that we do not need: no recorder test uses it.
cipher = ModuleType("eventsourcing.cipher")
cipher.AESCipher = object  # type: ignore[attr-defined]  # the one name that is imported
sys.modules.setdefault("eventsourcing.cipher", cipher)
LIBRARY = importlib.import_module("eventsourcing.tests.persistence")


async def test_a_stream_is_seen_as_it_was_at_a_version_and_at_a_moment(generation: Generation) -> None:
    log = Log()
    ana = Story(log)
    ana.arrives()
    first = ana.writes("um")
    second = ana.writes("dois")
    await generation.project(log)
    with repository(generation.dsn(Role.WRITER)) as streams:
        assert streams.get(ana.stream).version == 3
        assert streams.get(ana.stream, version=2).modified_on == first.events[0].at
        assert streams.get(ana.stream, at=first.events[0].at).version == 2
        assert streams.version_at(ana.stream, second.events[0].at) == 3
        with pytest.raises(NotFound):
            streams.get(ana.stream, at=log.commits[0].events[0].at.replace(year=2000))
        with pytest.raises(NotFound):
            streams.get("conversation-none")


async def test_nothing_can_be_written_through_it(generation: Generation) -> None:
    log = Log()
    set_up(log)
    await generation.project(log)
    with psycopg.connect(generation.dsn(Role.WRITER)) as conn, pytest.raises(Refused):
        JournalRecorder(conn).insert_events([])
    with pytest.raises(Refused):
        RecordMapper().to_stored_event(log.commits[0].events[0].event)


class Filled(JournalRecorder):
    """With what only tests may do: rows put into the journal beside the log."""

    offsets = count()

    def __init__(self, conn: psycopg.Connection[tuple[object, ...]], admin: str) -> None:
        super().__init__(conn)
        self._admin = admin

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: object) -> None:  # type: ignore[override]  # ours never returns
        try:
            with psycopg.connect(self._admin) as conn:
                for e in stored_events:
                    conn.execute(
                        "insert into core.journal (company_id, partition, epoch, log_offset, journey, stream, version,"
                        " topic, key, value, headers) values (%s, 0, 0, %s, 'j', %s, %s, %s, '', %s, '')",
                        (COMPANY, next(self.offsets), e.originator_id, e.originator_version, e.topic, e.state),
                    )
        except psycopg.IntegrityError as error:
            raise IntegrityError from error


class TestLibrary(LIBRARY.AggregateRecorderTestCase):  # type: ignore[name-defined,misc]  # found at run time, see above
    """`eventsourcing.tests.persistence`, unchanged but for our string ids."""

    generation: Generation

    @pytest.fixture(autouse=True)
    def _filled(self, make_generation: object) -> Iterator[None]:
        self.generation = in_thread(make_generation)  # type: ignore[arg-type]  # MakeGeneration, called without arguments
        self.conn = psycopg.connect(self.generation.dsn(Role.WRITER), autocommit=True)
        yield
        self.conn.close()

    def new_originator_id(self) -> str:
        return f"conversation-{uuid4()}"

    def create_recorder(self) -> AggregateRecorder:
        return Filled(self.conn, self.generation.dsn())
