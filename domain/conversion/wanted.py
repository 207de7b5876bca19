"""Whether something that happened is reported, and what it is said to be worth. Foreign facts are given."""

from __future__ import annotations

from dataclasses import dataclass

from domain.conversion.parts import SkipReason
from domain.deal.parts import Money
from domain.pixel.policies import PURCHASE
from domain.pixel.settings import ConsentRule, Milestone, Report, Setup, ValueFrom


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a report of a lead depends on. consent: to the measuring of ads; None: they said nothing. worth: of the
    deal; None: there is none, or nobody knows. undone, repeated: as `SkipReason`."""

    opted_out: bool
    consent: bool | None
    worth: Money | None
    undone: bool = False
    repeated: bool = False


def unwanted(consent: ConsentRule, standing: Standing) -> SkipReason | None:
    """Why the person must not be reported; None where they may."""
    if standing.opted_out:
        return SkipReason.OPTED_OUT
    if standing.consent is False or (standing.consent is None and consent is ConsentRule.REQUIRED):
        return SkipReason.NO_CONSENT
    return None


def skipped(setup: Setup | None, milestone: Milestone, standing: Standing) -> SkipReason | None:
    """Why it is not reported; None where it is. setup: of the pixel that it belongs to."""
    if setup is None:
        return SkipReason.NO_PIXEL
    report = setup.report(milestone)
    if report is None:
        return SkipReason.NOT_ENABLED
    if (reason := unwanted(setup.consent, standing)) is not None:
        return reason
    if standing.undone:
        return SkipReason.UNDONE
    if standing.repeated:
        return SkipReason.REPEATED
    no_value = report.name == PURCHASE and value_of(report, standing) is None
    return SkipReason.NO_VALUE if no_value else None


def value_of(report: Report, standing: Standing) -> Money | None:
    """None where nothing is said, or the deal's value is not known. Parts of a cent are rounded, half of one up."""
    known = standing.worth
    match report.value:
        case ValueFrom.NONE:
            return None
        case ValueFrom.DEAL:
            return known
        case ValueFrom.FIXED:
            return report.fixed
        case ValueFrom.PERCENT:
            assert report.percent is not None, "policies.py"
            return known and Money(minor=(known.minor * report.percent + 50) // 100, currency=known.currency)
