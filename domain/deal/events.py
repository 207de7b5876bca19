"""Events of a deal, in its lead's journey."""

from __future__ import annotations

from datetime import datetime

from domain.deal.parts import ActivityKind, DealItem, Money
from domain.kernel.event import Event, event
from domain.kernel.sealed import ActivityText, BriefText
from domain.kernel.usage import Usage


@event("DealOpened", stream="deal")
class DealOpened(Event):
    """Something may be sold to a lead. pipeline, stage: where it stands. value: what it may bring, None: not known."""

    deal: str
    lead: str
    company: str
    pipeline: str
    stage: str
    value: Money | None


@event("DealMoved", stream="deal")
class DealMoved(Event):
    """To another stage, perhaps of another pipeline. before: the stage that it came from."""

    deal: str
    pipeline: str
    before: str
    stage: str


@event("DealHeldBack", stream="deal")
class DealHeldBack(Event):
    """A rule would have moved it, but the stage requires what is not known: it stays, and people see why. pipeline,
    stage: where it would stand. missing: of the stage's requirements, in their order."""

    deal: str
    pipeline: str
    stage: str
    missing: tuple[str, ...]


@event("DealValued", stream="deal")
class DealValued(Event):
    """What it may bring. items: what is to be sold; empty: a sum, without saying what for. before: how many items there
    were."""

    deal: str
    value: Money
    items: tuple[DealItem, ...]
    before: int


@event("DealWon", stream="deal")
class DealWon(Event):
    """reason: id of one of the pipeline's reasons, None where it has none. evidence: ids of events: a signature."""

    deal: str
    reason: str | None
    evidence: tuple[str, ...]


@event("DealLost", stream="deal")
class DealLost(Event):
    """reason: as of DealWon."""

    deal: str
    reason: str | None
    evidence: tuple[str, ...]


@event("DealReopened", stream="deal")
class DealReopened(Event):
    """Won or lost by mistake, or not for good. It stands where it stood."""

    deal: str


@event("DealWithdrawn", stream="deal")
class DealWithdrawn(Event):
    """Its handoff was undone in the same commit."""

    deal: str


@event("DealBriefed", stream="deal")
class DealBriefed(Event):
    """What a person has to know who takes the lead over. brief: JSON. evidence: ids of the events that it cites.
    usage: what it took."""

    deal: str
    brief: BriefText
    evidence: tuple[str, ...]
    usage: Usage


@event("ActivityAdded", stream="deal")
class ActivityAdded(Event):
    """Something was done or is to be done. due_at: of a task. file: id of a file of the company's."""

    deal: str
    activity: str
    kind: ActivityKind
    text: ActivityText | None
    due_at: datetime | None
    file: str | None


@event("ActivityDone", stream="deal")
class ActivityDone(Event):
    """A task is done."""

    deal: str
    activity: str
