"""What was seen is recorded as it was told; only what cannot be true is refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from domain.kernel.errors import Refused
from domain.kernel.journey import Journey
from domain.security import commands as sc
from domain.security import events as s
from domain.security.day import MAX_ROWS, SecurityDay
from domain.security.records import FailureCount, ReadCount


def record_act(journey: Journey, command: sc.RecordAct) -> None:
    """Never refused: it has happened."""
    journey.record(
        _day(journey, command),
        s.AccountActed,
        company=command.company,
        act=command.act,
        user=command.user,
        about=command.about,
        changes=command.changes,
    )


def record_failures(journey: Journey, command: sc.RecordFailures) -> None:
    """Refused: invalid_summary."""
    _check(command.since, command.until, command.failures)
    journey.record(
        _day(journey, command),
        s.FailuresSummarised,
        company=command.company,
        since=command.since,
        until=command.until,
        failures=command.failures,
    )


def record_reads(journey: Journey, command: sc.RecordReads) -> None:
    """Refused: invalid_summary."""
    _check(command.since, command.until, command.subjects)
    journey.record(
        _day(journey, command),
        s.PersonalDataRead,
        company=command.company,
        reader_kind=command.reader_kind,
        reader=command.reader,
        what=command.what,
        since=command.since,
        until=command.until,
        subjects=command.subjects,
    )


def _day(journey: Journey, command: sc.RecordAct | sc.RecordFailures | sc.RecordReads) -> SecurityDay:
    return journey.get(SecurityDay, f"{command.company}.{command.day}")


def _check(since: datetime, until: datetime, rows: Sequence[FailureCount | ReadCount]) -> None:
    if not since < until or not 0 < len(rows) <= MAX_ROWS or any(row.count < 1 for row in rows):
        raise Refused("invalid_summary")
