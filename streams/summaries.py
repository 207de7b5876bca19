"""What the vault counted, as commands for its outbox: who failed at what, and who read whose personal data. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar
from uuid import uuid4

from domain.kernel.actor import WATCH, ActorKind
from domain.kernel.command import Command, CommandMeta
from domain.kernel.ids import security_journey
from domain.security.commands import RecordFailures, RecordReads
from domain.security.day import MAX_ROWS
from domain.security.records import Failure, FailureCount, ReadCount
from eventlog.codec import encode_command
from vault.accounts.counts import Counted, FailureKey, ReadKey
from vault.accounts.outbox import Put

T = TypeVar("T")


def failures_told(counted: Counted[FailureKey]) -> Iterator[Put]:
    """rows: all of one company."""
    company = counted.rows[0][0].company
    counts = [
        FailureCount(failure=Failure(key.failure), account=key.account, network=key.network, count=count)
        for key, count in counted.rows
    ]
    for part in _parts(counts):
        command = RecordFailures(
            company=company,
            day=counted.since.date().isoformat(),
            since=counted.since,
            until=counted.until,
            failures=part,
        )
        yield _put(company, command)


def reads_told(counted: Counted[ReadKey]) -> Iterator[Put]:
    """rows: all of one reader and resource."""
    of = counted.rows[0][0]
    for part in _parts([ReadCount(subject=key.subject, count=count) for key, count in counted.rows]):
        command = RecordReads(
            company=of.company,
            day=counted.since.date().isoformat(),
            reader_kind=ActorKind(of.reader_kind),
            reader=of.reader,
            what=of.resource,
            since=counted.since,
            until=counted.until,
            subjects=part,
        )
        yield _put(of.company, command)


def _parts(rows: Sequence[T]) -> Iterator[tuple[T, ...]]:
    for at in range(0, len(rows), MAX_ROWS):
        yield tuple(rows[at : at + MAX_ROWS])


def _put(company: str, command: Command) -> Put:
    id_ = str(uuid4())
    meta = CommandMeta(command_id=id_, tenant=company, journey=security_journey(company), actor=WATCH, correlation=id_)
    return Put(id_, encode_command(meta, command))
