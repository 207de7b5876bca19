"""Security events, in a journey of their own for each company and for the holding, a stream for each day (UTC).

What failed and what was read comes as summaries: bounded under attack, never silent (design §7).
"""

from __future__ import annotations

from datetime import datetime

from domain.kernel.actor import ActorKind
from domain.kernel.event import Event, event
from domain.security.records import Act, Change, FailureCount, ReadCount


@event("AccountActed", stream="security")
class AccountActed(Event):
    """The actor did this. user: whose account it was. about: the session, key or file that it was done to."""

    company: str
    act: Act
    user: str | None
    about: str | None
    changes: tuple[Change, ...]


@event("FailuresSummarised", stream="security")
class FailuresSummarised(Event):
    """What was tried in vain from `since` until `until`, by the vault's clock."""

    company: str
    since: datetime
    until: datetime
    failures: tuple[FailureCount, ...]


@event("PersonalDataRead", stream="security")
class PersonalDataRead(Event):
    """reader: id of the user or key. what: resource (`lead`, `conversation`, …). Of a longer list the next event has
    the rest."""

    company: str
    reader_kind: ActorKind
    reader: str
    what: str
    since: datetime
    until: datetime
    subjects: tuple[ReadCount, ...]
