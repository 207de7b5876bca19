"""A company's pixels: what may stand in them, whose leads they report, and when nothing may be sent."""

from __future__ import annotations

from typing import Any

import pytest

from domain.access.matrix import Role
from domain.deal.parts import Money
from domain.effect.kinds import EffectKind
from domain.kernel.errors import Forbidden
from domain.kernel.ids import derived
from domain.pixel import events as e
from domain.pixel.aggregate import Pixels
from domain.pixel.policies import MAX_PIXELS
from domain.pixel.settings import HoldReason, Milestone, ReleaseReason, ValueFrom
from tests.domain.reporting import (
    CAUGHT_UP,
    OTHER,
    PIXEL,
    RELEASE_PIXEL,
    RETIRE_PIXEL,
    add_pixel,
    change_pixel,
    hold_pixel,
    report,
    set_token,
)
from tests.domain.spec import COMPANY, given, the
from tests.domain.staff import acting

ROSA = derived("rosa")


def test_a_pixel_is_added_changed_and_retired() -> None:
    told = given().when(add_pixel(name=" Site "))
    assert the(e.PixelAdded, told.then(e.PixelAdded)).name == "Site"
    told.when(add_pixel()).refused("pixel_exists")
    told.when(change_pixel()).refused("pixel_unchanged")
    told.when(change_pixel(limited=True)).then(e.PixelChanged)
    told.when(RETIRE_PIXEL).then(e.PixelRetired)
    for step in (change_pixel(), RETIRE_PIXEL, set_token(), RELEASE_PIXEL, hold_pixel(), CAUGHT_UP):
        told.when(step).refused("unknown_pixel")
    told.when(add_pixel()).refused("pixel_exists")


def test_nobodys_leads_are_reported_twice() -> None:
    told = given(add_pixel())
    told.when(add_pixel(OTHER)).refused("place_taken")
    told.when(add_pixel(OTHER, centurion=ROSA)).then(e.PixelAdded)
    told.when(change_pixel(centurion=ROSA)).refused("place_taken")
    told.when(RETIRE_PIXEL).then(e.PixelRetired)
    told.when(change_pixel(OTHER, centurion=None)).then(e.PixelChanged)


WRONG: dict[str, dict[str, Any]] = {
    "invalid_name": {"name": " "},
    "invalid_dataset": {"dataset": "12x"},
    "invalid_test_code": {"test_code": "A B"},
    "milestone_twice": {"reports": (report(), report())},
    "invalid_event_name": {"reports": (report(name="Lead!"),)},
    "unknown_currency": {"reports": (report(value=ValueFrom.FIXED, fixed=Money(minor=1, currency="XXX")),)},
    "value_out_of_range": {"reports": (report(value=ValueFrom.FIXED, fixed=Money(minor=-1, currency="BRL")),)},
    "value_rule_missing": {"reports": (report(Milestone.WON, "Purchase"),)},
}


@pytest.mark.parametrize("code", WRONG)
def test_what_cannot_stand_in_a_pixel_is_refused(code: str) -> None:
    given().when(add_pixel(**WRONG[code])).refused(code)
    given(add_pixel()).when(change_pixel(**WRONG[code])).refused(code)


@pytest.mark.parametrize(
    "wrong",
    [
        {"value": ValueFrom.FIXED},
        {"value": ValueFrom.PERCENT},
        {"value": ValueFrom.PERCENT, "percent": 0},
        {"value": ValueFrom.PERCENT, "percent": 101},
        {"fixed": Money(minor=1, currency="BRL")},
        {"value": ValueFrom.DEAL, "percent": 10},
    ],
)
def test_a_value_rule_has_what_it_needs_and_nothing_else(wrong: dict[str, Any]) -> None:
    given().when(add_pixel(reports=(report(**wrong),))).refused("invalid_value_rule")


def test_a_company_has_so_many_and_no_more() -> None:
    told = given(*(add_pixel(derived("p", n), centurion=derived("c", n)) for n in range(MAX_PIXELS)))
    told.when(add_pixel()).refused("too_many_pixels")


def test_nothing_is_sent_before_there_is_a_token_and_a_token_releases() -> None:
    told = given(add_pixel())
    assert told.world.stream(Pixels, COMPANY).pixels[PIXEL].held is HoldReason.TOKEN_MISSING
    told.when(RELEASE_PIXEL).refused("token_missing")
    released = the(e.PixelReleased, told.when(set_token()).then(e.PixelTokenSet, e.PixelReleased))
    assert released.reason is ReleaseReason.TOKEN_SET
    told.when(set_token()).refused("token_unchanged")
    told.when(set_token("t2")).then(e.PixelTokenSet)
    told.when(RELEASE_PIXEL).refused("pixel_not_held")


def test_a_dead_token_holds_and_an_answer_to_an_old_one_does_not() -> None:
    told = given(add_pixel(), set_token())
    told.when(hold_pixel("an old one")).refused("pixel_changed")
    told.when(hold_pixel(dataset="999999")).refused("pixel_changed")
    told.when(hold_pixel()).then(e.PixelHeld)
    told.when(hold_pixel()).refused("pixel_held")
    told.when(set_token("t2")).then(e.PixelTokenSet, e.PixelReleased)
    told.when(hold_pixel()).refused("pixel_changed")


def test_another_dataset_releases_what_was_not_permitted() -> None:
    told = given(add_pixel(), set_token(), hold_pixel(reason=HoldReason.NOT_PERMITTED))
    told.when(change_pixel(limited=True)).then(e.PixelChanged)
    told.when(change_pixel(dataset="5555555")).then(e.PixelChanged, e.PixelReleased)
    given(add_pixel()).when(change_pixel(dataset="5555555")).then(e.PixelChanged)


def test_a_release_is_an_effect_until_all_is_asked_for_or_it_is_held_again() -> None:
    told = given(add_pixel(), set_token())
    assert [row.key for row in told.world.rows.of(EffectKind.RELEASE)] == [PIXEL]
    told.when(hold_pixel()).then(e.PixelHeld)
    assert not told.world.rows.of(EffectKind.RELEASE)
    told.when(CAUGHT_UP).refused("not_releasing")
    told.when(RELEASE_PIXEL).then(e.PixelReleased)
    told.when(CAUGHT_UP).then(e.PixelCaughtUp)
    assert not told.world.rows.of(EffectKind.RELEASE)
    told.when(CAUGHT_UP).refused("not_releasing")


@pytest.mark.parametrize("role", [Role.MANAGER, Role.SDR, Role.VIEWER, Role.AUDITOR])
def test_only_who_runs_a_company_changes_its_pixels(role: Role) -> None:
    for step in (add_pixel(), change_pixel(), set_token(), RETIRE_PIXEL, RELEASE_PIXEL, hold_pixel(), CAUGHT_UP):
        with pytest.raises(Forbidden):
            given(actor=acting(role)).world.take(step)
