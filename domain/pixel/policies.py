"""What may stand in a pixel."""

from __future__ import annotations

import re
from typing import Final

from domain.deal.policies import money_fault
from domain.holding.policies import name_fault
from domain.kernel.errors import Refused
from domain.pixel.settings import Report, Setup, ValueFrom

MAX_PIXELS: Final = 50
"""Of one company, at a time: they are one stream, loaded whole for each change of one of them."""

DATASET: Final = re.compile(r"[0-9]{5,20}")
"""Meta's ids have fifteen or sixteen digits."""

TEST_CODE: Final = re.compile(r"[A-Za-z0-9]{1,40}")
"""As `TEST12345`."""

EVENT_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
"""One of Meta's own (`Lead`, `Purchase`) or the company's; Meta reports by it, so it is no sentence."""

PURCHASE: Final = "Purchase"
"""Meta takes it with a value only."""

WHOLE: Final = 100
"""Per cent of a deal's value, at most: nobody pays more than the deal."""


def check(setup: Setup) -> None:
    """What can be said without knowing any other pixel. Raises Refused with the field, as `reports.0.name`.

    Refused: invalid_name, invalid_dataset, invalid_test_code, milestone_twice, invalid_event_name, invalid_value_rule,
    unknown_currency, value_out_of_range, value_rule_missing.
    """
    if fault := name_fault(setup.name):
        raise Refused(fault, "name")
    if not DATASET.fullmatch(setup.dataset):
        raise Refused("invalid_dataset", "dataset")
    if setup.test_code is not None and not TEST_CODE.fullmatch(setup.test_code):
        raise Refused("invalid_test_code", "test_code")
    milestones = [report.milestone for report in setup.reports]
    if len(set(milestones)) < len(milestones):
        raise Refused("milestone_twice", "reports")
    for place, report in enumerate(setup.reports):
        if wrong := _fault(report):
            code, at = wrong
            raise Refused(code, f"reports.{place}.{at}")


def _fault(report: Report) -> tuple[str, str] | None:  # noqa: PLR0911  one return a fault
    """The first thing that is wrong: (code, field)."""
    if not EVENT_NAME.fullmatch(report.name):
        return "invalid_event_name", "name"
    if (report.fixed is not None) is not (report.value is ValueFrom.FIXED):
        return "invalid_value_rule", "fixed"
    if report.fixed is not None and (fault := money_fault(report.fixed)):
        return fault, "fixed"
    if (report.percent is not None) is not (report.value is ValueFrom.PERCENT):
        return "invalid_value_rule", "percent"
    if report.percent is not None and not 0 < report.percent <= WHOLE:
        return "invalid_value_rule", "percent"
    if report.name == PURCHASE and report.value is ValueFrom.NONE:
        return "value_rule_missing", "value"
    return None
