"""Which companies there are."""

from __future__ import annotations

from domain.holding import commands as hc
from domain.holding import events as h
from domain.holding.aggregate import Company, Slug
from domain.holding.policies import SLUG, company_fault, name_fault, settings_fault
from domain.kernel.errors import Refused
from domain.kernel.journey import Journey


def create_company(journey: Journey, command: hc.CreateCompany) -> None:
    """Claims the slug in the same commit.

    Refused: invalid_slug, invalid_name, invalid_timezone, invalid_locale, company_exists, slug_taken.
    """
    fault = company_fault(command.slug, command.name, command.timezone, command.locale)
    if fault is not None:
        raise Refused(fault)
    company, slug = journey.get(Company, command.company), journey.get(Slug, command.slug)
    if company.created:
        raise Refused("company_exists")
    if slug.company is not None:
        raise Refused("slug_taken")
    journey.record(slug, h.SlugClaimed, slug=command.slug, company=command.company)
    journey.record(
        company,
        h.CompanyCreated,
        company=command.company,
        slug=command.slug,
        name=command.name,
        timezone=command.timezone,
        locale=command.locale,
    )


def confirm_provisioned(journey: Journey, command: hc.ConfirmProvisioned) -> None:
    """Refused: unknown_company, already_provisioned."""
    company = known_company(journey, command.company)
    if company.provisioned:
        raise Refused("already_provisioned")
    journey.record(company, h.CompanyProvisioned, company=command.company)


def suspend_company(journey: Journey, command: hc.SuspendCompany) -> None:
    """Refused: unknown_company, company_archived, already_suspended."""
    company = _going_company(journey, command.company)
    if company.suspended:
        raise Refused("already_suspended")
    journey.record(company, h.CompanySuspended, company=command.company, reason=command.reason)


def reactivate_company(journey: Journey, command: hc.ReactivateCompany) -> None:
    """Refused: unknown_company, company_archived, not_suspended."""
    company = _going_company(journey, command.company)
    if not company.suspended:
        raise Refused("not_suspended")
    journey.record(company, h.CompanyReactivated, company=command.company)


def rename_company(journey: Journey, command: hc.RenameCompany) -> None:
    """Refused: unknown_company, company_archived, invalid_name, name_unchanged."""
    company = _going_company(journey, command.company)
    if fault := name_fault(command.name):
        raise Refused(fault)
    if command.name == company.name:
        raise Refused("name_unchanged")
    journey.record(company, h.CompanyRenamed, company=command.company, name=command.name)


def change_company_slug(journey: Journey, command: hc.ChangeCompanySlug) -> None:
    """Claims the new one in the same commit. Refused: unknown_company, company_archived, invalid_slug, slug_unchanged,
    slug_taken."""
    company, slug = _going_company(journey, command.company), journey.get(Slug, command.slug)
    if not SLUG.fullmatch(command.slug):
        raise Refused("invalid_slug")
    if command.slug == company.slug:
        raise Refused("slug_unchanged")
    if slug.company not in (None, command.company):
        raise Refused("slug_taken")
    if slug.company is None:
        journey.record(slug, h.SlugClaimed, slug=command.slug, company=command.company)
    journey.record(company, h.CompanySlugChanged, company=command.company, slug=command.slug, before=company.slug)


def change_company_settings(journey: Journey, command: hc.ChangeCompanySettings) -> None:
    """Refused: unknown_company, company_archived, invalid_timezone, invalid_locale, unknown_currency, invalid_hours,
    invalid_color, invalid_logo, settings_unchanged."""
    company = _going_company(journey, command.company)
    if fault := settings_fault(command.settings):
        raise Refused(fault)
    assert company.settings is not None
    if command.settings == company.settings:
        raise Refused("settings_unchanged")
    journey.record(
        company,
        h.CompanySettingsChanged,
        company=command.company,
        settings=command.settings,
        before=company.settings,
    )


def archive_company(journey: Journey, command: hc.ArchiveCompany) -> None:
    """Refused: unknown_company, company_archived, not_suspended."""
    company = _going_company(journey, command.company)
    if not company.suspended:
        raise Refused("not_suspended")
    journey.record(company, h.CompanyArchived, company=command.company, reason=command.reason)


def known_company(journey: Journey, id_: str) -> Company:
    """Refused: unknown_company."""
    company = journey.get(Company, id_)
    if not company.created:
        raise Refused("unknown_company")
    return company


def _going_company(journey: Journey, id_: str) -> Company:
    """Refused: unknown_company, company_archived."""
    company = known_company(journey, id_)
    if company.archived:
        raise Refused("company_archived")
    return company
