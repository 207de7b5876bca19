"""Which companies there are."""

from __future__ import annotations

from domain.holding import commands as hc
from domain.holding import events as h
from domain.holding.aggregate import Company, Slug
from domain.holding.policies import company_fault
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
    company = _known_company(journey, command.company)
    if company.provisioned:
        raise Refused("already_provisioned")
    journey.record(company, h.CompanyProvisioned, company=command.company)


def suspend_company(journey: Journey, command: hc.SuspendCompany) -> None:
    """Refused: unknown_company, already_suspended."""
    company = _known_company(journey, command.company)
    if company.suspended:
        raise Refused("already_suspended")
    journey.record(company, h.CompanySuspended, company=command.company, reason=command.reason)


def reactivate_company(journey: Journey, command: hc.ReactivateCompany) -> None:
    """Refused: unknown_company, not_suspended."""
    company = _known_company(journey, command.company)
    if not company.suspended:
        raise Refused("not_suspended")
    journey.record(company, h.CompanyReactivated, company=command.company)


def _known_company(journey: Journey, id_: str) -> Company:
    company = journey.get(Company, id_)
    if not company.created:
        raise Refused("unknown_company")
    return company
