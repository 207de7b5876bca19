"""What a pixel is set to. What may stand in it is enforced by `policies.check`."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any, Self

from domain.deal.parts import Money


class Milestone(StrEnum):
    """What of a lead's way may be reported. The strings stand in the log: never renamed. Which events these are says
    domain/conversion/milestones.py."""

    ENGAGED = "engaged"
    QUALIFIED = "qualified"
    HANDED_OFF = "handed_off"
    SIGNED = "signed"
    WON = "won"


class ValueFrom(StrEnum):
    """What a conversion is worth: nothing said, the deal's value, always the same, or a part of the deal's value."""

    NONE = "none"
    DEAL = "deal"
    FIXED = "fixed"
    PERCENT = "percent"


class ConsentRule(StrEnum):
    """required: nothing is sent of who has not agreed. assumed: of who has said nothing it is sent. Who said no is left
    out by either."""

    REQUIRED = "required"
    ASSUMED = "assumed"


class HoldReason(StrEnum):
    """Why nothing is sent: people have to do something about it."""

    TOKEN_MISSING = "token_missing"  # noqa: S105  # pragma: allowlist secret - a code
    TOKEN_DEAD = "token_dead"  # noqa: S105  # pragma: allowlist secret - a code
    NOT_PERMITTED = "not_permitted"
    REQUEST_REFUSED = "request_refused"


class ReleaseReason(StrEnum):
    """Why it goes on."""

    TOKEN_SET = "token_set"  # noqa: S105  # pragma: allowlist secret - a code
    DATASET_CHANGED = "dataset_changed"
    BY_PERSON = "by_person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A milestone that is reported. name: what Meta calls it. fixed: with `fixed` only; percent: with `percent` only.
    A milestone that has none is not reported."""

    milestone: Milestone
    name: str
    value: ValueFrom
    fixed: Money | None
    percent: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """All of a pixel that people decide, but its token, which is the vault's. dataset: its id at Meta. centurion: whose
    leads it reports; None: those of all who have no pixel of their own. test_code: events show in Meta's test tab, too.
    limited: Meta may use what it is told as laws of some states limit it (LDU)."""

    name: str
    dataset: str
    centurion: str | None
    test_code: str | None
    consent: ConsentRule
    limited: bool
    reports: tuple[Report, ...]

    @classmethod
    def of(cls, source: object) -> Self:
        """Of a command or an event, which have these fields among their own."""
        return cls(**{each.name: getattr(source, each.name) for each in fields(cls)})

    def trimmed(self) -> Self:
        """Without spaces around its name."""
        return replace(self, name=self.name.strip())

    def own_fields(self) -> dict[str, Any]:
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def report(self, milestone: Milestone) -> Report | None:
        return next((each for each in self.reports if each.milestone is milestone), None)
