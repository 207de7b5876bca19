"""A report to Meta: attempted before it is sent, accepted once or explained, whatever order things come in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import pytest

from domain.conversion import events as v
from domain.conversion.milestones import MILESTONES, conversion_id
from domain.conversion.parts import RefusedBy, RequestReason, SkipReason
from domain.conversion.policies import LOOK_AGAIN, TAKEN_FOR
from domain.conversion.wanted import Standing, skipped, value_of
from domain.deal.parts import Money
from domain.effect.commands import AbandonEffect
from domain.effect.kinds import EffectKind
from domain.kernel.errors import Refused
from domain.pixel.settings import ConsentRule, Milestone, Report, Setup, ValueFrom
from tests.domain import signing
from tests.domain.reporting import (
    SETUP,
    accept_report,
    attempt_report,
    conversion,
    expire_report,
    hold_report,
    refuse_report,
    release_report,
    report,
    request_report,
    skip_report,
    unknown_report,
)
from tests.domain.sales import hand_off, qualify, win
from tests.domain.spec import Spec, World, given, later, the
from tests.domain.talk import answer, attempt, close_turn, erase, message, sent

ENGAGED: Final = (message(), close_turn, answer("one"), attempt(), sent(), message("more"))
"""The lead answered an answer."""


def engaged(*more: object) -> Spec:
    return given(*ENGAGED, *more)  # type: ignore[arg-type]  # steps


def open_keys(world: World) -> list[str]:
    return [row.key for row in world.rows.of(EffectKind.CONVERSION)]


def test_each_milestone_opens_one_report_by_an_id_of_its_own() -> None:
    told = set[Milestone]()
    for world in (engaged(qualify(), hand_off(), win()).world, given(*signing.OUT, signing.all_signed()).world):
        events = [event for event in world.events if type(event) in MILESTONES]
        ids = [conversion_id(event.originator_id, event.originator_version) for event in events]
        assert sorted(open_keys(world)) == sorted(ids)
        assert len(set(ids)) == len(ids)
        told |= {MILESTONES[type(event)] for event in events}
    assert told == set(Milestone)


def test_a_report_is_attempted_and_accepted_and_never_again() -> None:
    told = engaged()
    told.when(accept_report).refused("unknown_conversion")
    told.when(attempt_report()).then(v.ConversionAttempted)
    assert open_keys(told.world), "it is open until the answer is known"
    told.when(attempt_report()).refused("conversion_attempted")
    told.when(skip_report()).refused("conversion_attempted")
    told.when(expire_report).refused("conversion_attempted")
    told.when(request_report()).refused("conversion_open")
    assert the(v.ConversionAccepted, told.when(accept_report).then(v.ConversionAccepted)).name == "Lead"
    assert not open_keys(told.world)
    for step in (attempt_report(), accept_report, refuse_report(), unknown_report, hold_report(), skip_report()):
        told.when(step).refused("conversion_over")
    told.when(request_report(anyway=True)).refused("conversion_accepted")


@pytest.mark.parametrize("step", [skip_report(SkipReason.NO_CONSENT), refuse_report(RefusedBy.CHECK), expire_report])
def test_what_was_not_sent_may_be_asked_for_again(step: object) -> None:
    told = engaged(step)
    assert not open_keys(told.world)
    told.when(request_report(RequestReason.BACKFILL)).then(v.ConversionRequested)
    assert open_keys(told.world) == [conversion(told.world).key]
    told.when(attempt_report()).then(v.ConversionAttempted)


def test_a_refusal_of_metas_needs_an_attempt_and_one_of_our_own_none() -> None:
    engaged().when(refuse_report()).refused("unknown_conversion")
    told = engaged(attempt_report())
    told.when(refuse_report(RefusedBy.CHECK)).refused("conversion_attempted")
    told.when(refuse_report()).then(v.ConversionRefused)
    told.when(request_report()).then(v.ConversionRequested)
    told.when(refuse_report()).refused("not_attempted")


def test_a_held_one_is_looked_at_once_a_day_until_it_is_too_old() -> None:
    told = engaged()
    start = told.world.at
    held = the(v.ConversionHeld, told.when(hold_report()).then(v.ConversionHeld))
    assert held.until == start + LOOK_AGAIN
    assert told.world.rows.of(EffectKind.CONVERSION)[0].due == held.until
    told.world.take(later(hours=24 * 6 + 12))
    assert the(v.ConversionHeld, told.when(hold_report()).then(v.ConversionHeld)).until == start + TAKEN_FOR
    told.world.take(later(days=1))
    assert the(v.ConversionHeld, told.when(hold_report()).then(v.ConversionHeld)).until == told.world.at
    told.when(release_report).then(v.ConversionRequested)
    assert told.world.rows.of(EffectKind.CONVERSION)[0].due == told.world.at


def test_a_hold_that_is_certain_forgets_the_attempt_and_another_does_not() -> None:
    told = engaged(attempt_report(), hold_report(certain=True), release_report)
    told.when(attempt_report()).then(v.ConversionAttempted)
    told = engaged(attempt_report(), hold_report(certain=False), release_report)
    told.when(attempt_report()).refused("conversion_attempted")
    told.when(accept_report).then(v.ConversionAccepted)


def test_only_what_is_held_is_released_and_nobody_asks_in_its_name() -> None:
    engaged().when(release_report).refused("conversion_not_held")
    engaged(attempt_report()).when(release_report).refused("conversion_not_held")
    engaged(skip_report()).when(request_report(RequestReason.RELEASED)).refused("wrong_reason")


def test_an_unknown_outcome_is_sent_again_by_a_persons_word_only() -> None:
    told = engaged(attempt_report(), unknown_report)
    assert not open_keys(told.world)
    told.when(request_report(RequestReason.BACKFILL)).refused("outcome_unknown")
    assert the(v.ConversionRequested, told.when(request_report(anyway=True)).then(v.ConversionRequested)).afresh
    told.when(attempt_report()).then(v.ConversionAttempted)


def test_a_report_of_nothing_is_refused() -> None:
    given(message()).when(attempt_report()).refused("unknown_conversion")
    given().when(attempt_report()).refused("unknown_conversion")


def test_an_erased_lead_is_not_reported() -> None:
    told = engaged(attempt_report(), erase())
    assert not open_keys(told.world)
    for step in (accept_report, hold_report(), request_report()):
        told.when(step).refused("lead_erased")


def test_one_that_cannot_be_carried_out_is_given_up_and_may_be_asked_for_again() -> None:
    told = engaged(hold_report())
    key, stream = conversion(told.world).key, conversion(told.world).id

    told.world.take(AbandonEffect(stream=stream, kind="conversion", key=key, code="refused"))
    assert not open_keys(told.world)
    told.when(request_report()).then(v.ConversionRequested)


STANDING: Final = Standing(opted_out=False, consent=None, worth=None)
REQUIRED: Final = ConsentRule.REQUIRED


@pytest.mark.parametrize(
    ("setup", "milestone", "standing", "reason"),
    [
        (None, Milestone.ENGAGED, {}, SkipReason.NO_PIXEL),
        ({}, Milestone.QUALIFIED, {}, SkipReason.NOT_ENABLED),
        ({}, Milestone.ENGAGED, {}, None),
        ({"consent": REQUIRED}, Milestone.ENGAGED, {}, SkipReason.NO_CONSENT),
        ({"consent": REQUIRED}, Milestone.ENGAGED, {"consent": True}, None),
        ({}, Milestone.ENGAGED, {"consent": False}, SkipReason.NO_CONSENT),
        ({}, Milestone.ENGAGED, {"opted_out": True, "consent": True}, SkipReason.OPTED_OUT),
        ({}, Milestone.WON, {}, SkipReason.NO_VALUE),
        ({}, Milestone.WON, {"undone": True}, SkipReason.UNDONE),
        ({}, Milestone.WON, {"repeated": True}, SkipReason.REPEATED),
        ({}, Milestone.WON, {"worth": Money(minor=1, currency="BRL")}, None),
    ],
)
def test_what_is_reported_of_whom(
    setup: dict[str, Any] | None, milestone: Milestone, standing: dict[str, Any], reason: SkipReason | None
) -> None:
    made = None if setup is None else Setup(**{**SETUP.own_fields(), **setup})
    assert skipped(made, milestone, replace(STANDING, **standing)) is reason


@pytest.mark.parametrize(
    ("rule", "worth", "value"),
    [
        (report(), 100, None),
        (report(value=ValueFrom.DEAL), 100, 100),
        (report(value=ValueFrom.DEAL), None, None),
        (report(value=ValueFrom.FIXED, fixed=Money(minor=7, currency="BRL")), None, 7),
        (report(value=ValueFrom.PERCENT, percent=10), 105, 11),
        (report(value=ValueFrom.PERCENT, percent=10), 104, 10),
        (report(value=ValueFrom.PERCENT, percent=100), 104, 104),
    ],
)
def test_what_it_is_worth(rule: Report, worth: int | None, value: int | None) -> None:
    known = None if worth is None else Money(minor=worth, currency="BRL")
    found = value_of(rule, Standing(opted_out=False, consent=None, worth=known))
    assert (found and found.minor) == value


def test_illegal_orders_are_refused_with_a_code_and_change_nothing() -> None:
    steps = (accept_report, refuse_report(), unknown_report, hold_report(), skip_report(), request_report())
    for step in steps:
        told = engaged(attempt_report(), accept_report)
        before = conversion(told.world).version
        with pytest.raises(Refused) as refused:
            told.world.take(step)
        assert refused.value.code
        assert conversion(told.world).version == before
