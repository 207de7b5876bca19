"""Companies of the holding."""

from __future__ import annotations

from typing import Final
from uuid import UUID, uuid4

from fastapi import APIRouter, Response
from pydantic import Field

from api.auth import Caller, CallerDep, allowed
from api.bodies import Strict
from api.etags import TAGGED, TagsDep
from api.reading import Fresh
from api.services import Services, ServicesDep
from api.submit import IdempotencyKey, Written, answer, command_id, written
from api.uploads import IMAGES
from domain.holding.commands import (
    ArchiveCompany,
    ChangeCompanySettings,
    ChangeCompanySlug,
    CreateCompany,
    ReactivateCompany,
    RenameCompany,
    SuspendCompany,
)
from domain.holding.settings import Brand, CompanySettings, OpenHours
from domain.kernel.actor import Permission
from domain.kernel.command import Command
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.ids import HOLDING, HOLDING_TENANT, derived
from projections.read import companies as reads
from projections.read.companies import Company
from projections.read.people import memberships

router = APIRouter(prefix="/v1/companies", tags=["companies"], dependencies=[Fresh])

LOGO: Final = "^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?$"
"""The id of a file, or nothing."""


class NewCompany(Strict):
    """timezone: IANA name. locale: BCP 47."""

    slug: str = Field(min_length=2, max_length=40)
    name: str = Field(min_length=1, max_length=200)
    timezone: str = "America/Sao_Paulo"
    locale: str = "pt-BR"


class Name(Strict):
    name: str = Field(min_length=1, max_length=200)


class ShortName(Strict):
    slug: str = Field(min_length=2, max_length=40)


class Reason(Strict):
    """For who looks at the history later."""

    reason: str = Field(min_length=1, max_length=500)


class HoursBody(Strict):
    """See `domain.holding.settings.OpenHours`."""

    weekday: int = Field(ge=0, le=6, description="0 is Monday")
    opens: int = Field(ge=0, lt=1440, description="minutes after midnight, local time")
    closes: int = Field(gt=0, le=1440, description="minutes after midnight, local time")


class BrandBody(Strict):
    """See `domain.holding.settings.Brand`."""

    color: str = Field(default=Brand().color, pattern="^#[0-9a-f]{6}$")
    logo: str = Field(default="", pattern=LOGO, description="id of an image of the company (`/v1/files`); empty: none")


class SettingsBody(Strict):
    """All settings, as they shall be. hours: sorted, never overlapping; none: always open."""

    timezone: str
    locale: str
    currency: str = Field(default="BRL", pattern="^[A-Z]{3}$")
    hours: tuple[HoursBody, ...] = Field(default=(), max_length=50)
    brand: BrandBody = BrandBody()

    def settings(self) -> CompanySettings:
        hours = tuple(OpenHours(**each.model_dump()) for each in self.hours)
        values = self.model_dump(exclude={"hours", "brand"})
        return CompanySettings(**values, hours=hours, brand=Brand(**self.brand.model_dump()))


class CompanyWritten(Written):
    """company: its id."""

    company: str


@router.post("", **written(CompanyWritten), **allowed(Permission.COMPANY_MANAGE))
async def create_company(
    new: NewCompany, services: ServicesDep, caller: CallerDep, idempotency_key: IdempotencyKey = None
) -> Response:
    """Opens a tenant. Its id follows from the idempotency key, where there is one."""
    id_ = command_id(caller, "companies", idempotency_key)
    company = derived("company", id_) if idempotency_key else str(uuid4())
    command = CreateCompany(company=company, slug=new.slug, name=new.name, timezone=new.timezone, locale=new.locale)
    outcome = await services.commander.run(caller, tenant=HOLDING_TENANT, journey=HOLDING, id_=id_, command=command)
    return answer(CompanyWritten, HOLDING, id_, outcome, company=company)


@router.get("", **allowed(Permission.USER_SELF))
async def list_companies(services: ServicesDep, caller: CallerDep) -> tuple[Company, ...]:
    """By id: all of them for who may see all, else those that the caller is a member of, and a machine's own."""
    async with services.reads.system() as conn:
        found = await reads.companies(conn)
        if Permission.COMPANY_READ in caller.actor.grant and caller.company == HOLDING_TENANT:
            return found
        if caller.key is not None:
            mine = {caller.key.company}
        else:
            mine = {each.company_id for each in await memberships(conn, caller.actor.id)}
    return tuple(company for company in found if company.id in mine)


@router.get("/{company_id}", **TAGGED, **allowed(Permission.COMPANY_READ))
async def get_company(company_id: UUID, services: ServicesDep, tags: TagsDep) -> Company:
    """One company. 404 `company_not_found`."""
    version = await tags.version(f"company-{company_id}")
    async with services.reads.system() as conn:
        found = await reads.company(conn, str(company_id))
    if found is None:
        raise NotFound("company_not_found")
    tags.show(version)
    return found


@router.put("/{company_id}/name", **written(CompanyWritten), **allowed(Permission.COMPANY_SETTINGS))
async def rename_company(
    company_id: UUID, body: Name, services: ServicesDep, caller: CallerDep, idempotency_key: IdempotencyKey = None
) -> Response:
    """Another name to be shown. 409 `name_unchanged`, `company_archived`; 404 `unknown_company`."""
    command = RenameCompany(company=str(company_id), name=body.name)
    return await _written(services, caller, command, str(company_id), idempotency_key)


@router.put("/{company_id}/slug", **written(CompanyWritten), **allowed(Permission.COMPANY_MANAGE))
async def change_slug(
    company_id: UUID, body: ShortName, services: ServicesDep, caller: CallerDep, idempotency_key: IdempotencyKey = None
) -> Response:
    """Another short name; the old one stays the company's own. 409 `slug_taken`, `slug_unchanged`."""
    command = ChangeCompanySlug(company=str(company_id), slug=body.slug)
    return await _written(services, caller, command, str(company_id), idempotency_key)


@router.put("/{company_id}/settings", **written(CompanyWritten), **allowed(Permission.COMPANY_SETTINGS))
async def change_settings(
    company_id: UUID,
    body: SettingsBody,
    services: ServicesDep,
    caller: CallerDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """All settings at once. 409 `settings_unchanged`, `invalid_hours` and others that name the field; 422
    `unknown_logo`."""
    await _check_logo(services, str(company_id), body.brand.logo)
    command = ChangeCompanySettings(company=str(company_id), settings=body.settings())
    return await _written(services, caller, command, str(company_id), idempotency_key)


@router.put("/{company_id}/suspension", **written(CompanyWritten), **allowed(Permission.COMPANY_MANAGE))
async def suspend_company(
    company_id: UUID, body: Reason, services: ServicesDep, caller: CallerDep, idempotency_key: IdempotencyKey = None
) -> Response:
    """Closes the gate: what comes in is still recorded, nothing is answered or sent. 409 `already_suspended`."""
    command = SuspendCompany(company=str(company_id), reason=body.reason)
    return await _written(services, caller, command, str(company_id), idempotency_key)


@router.delete("/{company_id}/suspension", **written(CompanyWritten), **allowed(Permission.COMPANY_MANAGE))
async def reactivate_company(
    company_id: UUID, services: ServicesDep, caller: CallerDep, idempotency_key: IdempotencyKey = None
) -> Response:
    """Opens the gate again. 409 `not_suspended`."""
    command = ReactivateCompany(company=str(company_id))
    return await _written(services, caller, command, str(company_id), idempotency_key)


@router.put("/{company_id}/archive", **written(CompanyWritten), **allowed(Permission.COMPANY_MANAGE))
async def archive_company(
    company_id: UUID, body: Reason, services: ServicesDep, caller: CallerDep, idempotency_key: IdempotencyKey = None
) -> Response:
    """For good, and only of a suspended company: its history stays readable. 409 `not_suspended`."""
    command = ArchiveCompany(company=str(company_id), reason=body.reason)
    return await _written(services, caller, command, str(company_id), idempotency_key)


async def _check_logo(services: Services, company: str, logo: str) -> None:
    """Here and not by the decider: the log does not know files. Raises InvalidInput `unknown_logo`, Unavailable."""
    if not logo:
        return
    try:
        file = await services.vault.files.get(company, logo)
    except NotFound:
        file = None
    if file is None or file.media_type not in IMAGES:
        raise InvalidInput("unknown_logo", "brand.logo: no image of the company has this id")


async def _written(
    services: Services, caller: Caller, command: Command, company: str, idempotency_key: str | None
) -> Response:
    """A change of one company. One key on two of its routes is two calls."""
    id_ = command_id(caller, f"{command.TOPIC}:{company}", idempotency_key)
    outcome = await services.commander.run(caller, tenant=HOLDING_TENANT, journey=HOLDING, id_=id_, command=command)
    return answer(CompanyWritten, HOLDING, id_, outcome, company=company)
