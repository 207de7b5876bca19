"""A company from its making to its end: names, settings, gate, archive."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from domain.holding import commands as hc
from domain.holding import events as h
from domain.holding.settings import Brand, CompanySettings, OpenHours
from domain.kernel.ids import derived
from tests.domain.spec import given, the
from tests.domain.test_settings_unit import COMPANY_NEW, REACTIVATE, SUSPEND, create_company

SETTINGS = CompanySettings(timezone="America/Sao_Paulo", locale="pt-BR")
"""What a company has that was just made."""

OPEN = (OpenHours(weekday=0, opens=540, closes=720), OpenHours(weekday=0, opens=780, closes=1080))
OTHER = derived("another company")


def rename(name: str = "Acme Ltda") -> hc.RenameCompany:
    return hc.RenameCompany(company=COMPANY_NEW, name=name)


def new_slug(slug: str = "acme-2", company: str = COMPANY_NEW) -> hc.ChangeCompanySlug:
    return hc.ChangeCompanySlug(company=company, slug=slug)


def settings(**changed: Any) -> hc.ChangeCompanySettings:
    return hc.ChangeCompanySettings(company=COMPANY_NEW, settings=replace(SETTINGS, **changed))


ARCHIVE = hc.ArchiveCompany(company=COMPANY_NEW, reason="sold")


def test_a_company_is_renamed() -> None:
    spec = given(create_company()).when(rename())
    spec.then(h.CompanyRenamed)
    spec.when(rename()).refused("name_unchanged")
    spec.when(rename(" ")).refused("invalid_name")


def test_a_short_name_that_was_left_stays_the_companys_own() -> None:
    spec = given(create_company(), create_company(company=OTHER, slug="other"))
    changed = the(h.CompanySlugChanged, spec.when(new_slug()).then(h.SlugClaimed, h.CompanySlugChanged))
    assert (changed.slug, changed.before) == ("acme-2", "acme-1")
    spec.when(new_slug("acme-1", OTHER)).refused("slug_taken")
    spec.when(new_slug("acme-2", OTHER)).refused("slug_taken")
    spec.when(new_slug("acme-2")).refused("slug_unchanged")
    spec.when(new_slug("Acme")).refused("invalid_slug")
    spec.when(new_slug("acme-1")).then(h.CompanySlugChanged)  # and back, without another claim


def test_settings_are_changed_as_a_whole_and_say_what_they_were() -> None:
    spec = given(create_company()).when(settings(currency="EUR", hours=OPEN))
    changed = the(h.CompanySettingsChanged, spec.then(h.CompanySettingsChanged))
    assert (changed.before, changed.settings) == (settings().settings, settings(currency="EUR", hours=OPEN).settings)
    spec.when(settings(currency="EUR", hours=OPEN)).refused("settings_unchanged")
    given(create_company()).when(settings()).refused("settings_unchanged")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"timezone": "nowhere at all"}, "invalid_timezone"),
        ({"locale": "Portuguese"}, "invalid_locale"),
        ({"currency": "real"}, "unknown_currency"),
        ({"currency": "XXQ"}, "unknown_currency"),
        ({"brand": Brand(color="red")}, "invalid_color"),
        ({"brand": Brand(logo="x" * 101)}, "invalid_logo"),
        ({"hours": (OpenHours(weekday=7, opens=0, closes=1),)}, "invalid_hours"),
        ({"hours": (OpenHours(weekday=0, opens=60, closes=60),)}, "invalid_hours"),
        ({"hours": (OpenHours(weekday=0, opens=-1, closes=60),)}, "invalid_hours"),
        ({"hours": (OpenHours(weekday=0, opens=0, closes=1441),)}, "invalid_hours"),
        ({"hours": OPEN[::-1]}, "invalid_hours"),
        ({"hours": (OPEN[0], replace(OPEN[1], opens=719))}, "invalid_hours"),
        ({"hours": tuple(OpenHours(weekday=0, opens=n, closes=n + 1) for n in range(51))}, "invalid_hours"),
    ],
)
def test_settings_that_make_no_sense_are_named(changed: dict[str, Any], code: str) -> None:
    given(create_company()).when(settings(**changed)).refused(code)


def test_hours_may_touch_and_last_a_whole_day() -> None:
    touching = (OPEN[0], replace(OPEN[1], opens=720), OpenHours(weekday=6, opens=0, closes=1440))
    given(create_company()).when(settings(hours=touching)).then(h.CompanySettingsChanged)


def test_only_a_suspended_company_is_archived_and_then_nothing_changes_any_more() -> None:
    spec = given(create_company()).when(ARCHIVE)
    spec.refused("not_suspended")
    spec = given(create_company(), SUSPEND).when(ARCHIVE)
    spec.then(h.CompanyArchived)
    for step in (ARCHIVE, SUSPEND, REACTIVATE, rename(), new_slug(), settings(currency="EUR")):
        spec.when(step).refused("company_archived")


@pytest.mark.parametrize("step", [rename(), new_slug(), settings(currency="EUR"), ARCHIVE])
def test_an_unknown_company_is_refused(step: Any) -> None:
    given().when(step).refused("unknown_company")
