"""Values in commands and events of a deal."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class DealState(StrEnum):
    """withdrawn: its handoff was undone."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"
    WITHDRAWN = "withdrawn"


class ActivityKind(StrEnum):
    NOTE = "note"
    TASK = "task"
    CALL = "call"
    MEETING = "meeting"
    FILE = "file"


class HandoffReason(StrEnum):
    """Why people sell from now on. A code and no text: it stands in the log for ever."""

    QUALIFIED = "qualified"
    ASKED_FOR_PERSON = "asked_for_person"
    HIGH_VALUE = "high_value"
    COMPLEX = "complex"
    BY_PERSON = "by_person"


class UndoReason(StrEnum):
    MISTAKE = "mistake"
    TOO_EARLY = "too_early"
    LEAD_REQUEST = "lead_request"


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """minor: amount in the currency's smallest unit, never negative. currency: ISO 4217."""

    minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DealItem:
    """price: of one, in the smallest unit of the deal's currency."""

    service: str
    quantity: int
    price: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a deal stands. requires: what must be known before it may stand there, read at the edge and carried (a
    foreign fact): `value`, `user`, `team`, `items`, `brief`, `fact:<key>`."""

    pipeline: str
    stage: str
    requires: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoHandoff:
    """What follows from being qualified by rules, read at the edge and carried (a foreign fact). deal: an id that
    follows from what is asked for, so that asking twice opens one. assists: the Centurion goes on answering."""

    deal: str
    place: Place
    assists: bool
