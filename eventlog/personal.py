"""Sealed fields of a decoded record, and whose they are."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from domain.kernel.event import Event
from domain.kernel.sealed import Personal
from eventlog.shapes import Optional, Record, SealedBytes, Sequence, Shape, fields_of

Open = Callable[[Personal, str, bytes], Any]
"""(mark of the field, what the field that `of` names says, sealed bytes) → what is to stand there."""


def with_opened(schema: Any, value: dict[str, Any], opened: Open) -> Any:
    """The record with `opened` of each sealed field in its place, found by its schema: also in records of schemas that
    no class knows any more. schema: as committed, not as fastavro parses it."""

    def within(kind: Any, part: Any) -> Any:
        if isinstance(kind, list):  # null and one other type: the generator writes no other unions
            return None if part is None else within(next(each for each in kind if each != "null"), part)
        if not isinstance(kind, dict):
            return part
        if "personal" in kind:
            of = kind.get("subject", "")
            return opened(Personal(kind["personal"], of), value[of] if of else "", part)
        match kind["type"]:
            case "record":
                return {each["name"]: within(each["type"], part[each["name"]]) for each in kind["fields"]}
            case "array":
                return [within(kind["items"], item) for item in part]
            case _:
                return part

    return within(schema, value)


def subjects_of(event: Event, journey: str) -> set[str]:
    """Whose keys the event's sealed fields need, as the vault knows them; of a lead's journey always the lead's."""
    kind: type = type(event)
    found = {mark.subject(journey, getattr(event, mark.of)) for mark in _foreign(kind)}
    return found | {journey} if journey.startswith("lead/") else found


@cache
def _foreign(event: type) -> frozenset[Personal]:
    """Marks of what is not the journey's person's. Raises TypeError where the event has no such field."""
    marks = frozenset(mark for field in fields_of(event) for mark in _marks(field.shape) if mark.of)
    for mark in marks:
        if mark.of not in {field.name for field in fields_of(event)}:
            raise TypeError(f"{event.__name__}: {mark.label} is of a {mark.of} that it does not name")
    return marks


def _marks(shape: Shape) -> frozenset[Personal]:
    match shape:
        case SealedBytes(mark):
            return frozenset({mark})
        case Optional(of) | Sequence(of):
            return _marks(of)
        case Record(cls):
            return frozenset(mark for field in fields_of(cls) for mark in _marks(field.shape))
    return frozenset()
