"""Commands that record what the edge and the vault have seen. day: ISO date (UTC) that names the stream."""

from __future__ import annotations

from datetime import datetime

from domain.kernel.actor import ActorKind, Permission
from domain.kernel.command import Command, command
from domain.security.records import Act, Change, FailureCount, ReadCount


@command("RecordAct", needs=Permission.SECURITY_RECORD)
class RecordAct(Command):
    """In the vault it has happened. Fields as in `AccountActed`."""

    company: str
    day: str
    act: Act
    user: str | None
    about: str | None
    changes: tuple[Change, ...]


@command("RecordFailures", needs=Permission.SECURITY_RECORD)
class RecordFailures(Command):
    """Fields as in `FailuresSummarised`."""

    company: str
    day: str
    since: datetime
    until: datetime
    failures: tuple[FailureCount, ...]


@command("RecordReads", needs=Permission.SECURITY_RECORD)
class RecordReads(Command):
    """Fields as in `PersonalDataRead`."""

    company: str
    day: str
    reader_kind: ActorKind
    reader: str
    what: str
    since: datetime
    until: datetime
    subjects: tuple[ReadCount, ...]
