"""The event that opened an effect: what a handler reads its work from."""

from __future__ import annotations

from typing import TypeVar

from domain.kernel.event import Event
from eventlog.model import Recorded
from projections.read.effects import EffectRow
from projections.read.events import EventReader

E = TypeVar("E", bound=Event)


async def opened(events: EventReader, row: EffectRow, classes: tuple[type[E], ...]) -> tuple[Recorded, E] | None:
    """None when the journal does not hold it or it is of another class: the row moved on meanwhile."""
    recorded = await events.event_at(row.journey, row.stream, row.opened_version)
    if recorded is None or not isinstance(recorded.event, classes):
        return None
    return recorded, recorded.event


def lead_of(row: EffectRow) -> str:
    """`lead/<uuid>` → `<uuid>`."""
    return row.journey.split("/", 1)[1]
