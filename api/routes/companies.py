"""Companies of the holding."""

from __future__ import annotations

from uuid import UUID, uuid4

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from api.auth import CallerDep
from api.reading import Fresh
from api.services import ServicesDep
from api.submit import IdempotencyKey, Written, answer, command_id, written
from domain.holding.commands import CreateCompany
from domain.kernel.errors import NotFound
from domain.kernel.ids import HOLDING, HOLDING_TENANT, derived
from projections.read import instances as reads
from projections.read.instances import Company

router = APIRouter(prefix="/v1/companies", tags=["companies"], dependencies=[Fresh])


class NewCompany(BaseModel):
    """timezone: IANA name. locale: BCP 47."""

    model_config = ConfigDict(extra="forbid")

    slug: str = Field(min_length=2, max_length=40)
    name: str = Field(min_length=1, max_length=200)
    timezone: str = "America/Sao_Paulo"
    locale: str = "pt-BR"


class CompanyWritten(Written):
    """company: its id."""

    company: str


@router.post("", **written(CompanyWritten))
async def create_company(
    new: NewCompany, services: ServicesDep, caller: CallerDep, idempotency_key: IdempotencyKey = None
) -> Response:
    """Opens a tenant. Its id follows from the idempotency key, where there is one."""
    id_ = command_id(caller, "companies", idempotency_key)
    company = derived("company", id_) if idempotency_key else str(uuid4())
    command = CreateCompany(company=company, slug=new.slug, name=new.name, timezone=new.timezone, locale=new.locale)
    outcome = await services.commander.run(caller, tenant=HOLDING_TENANT, journey=HOLDING, id_=id_, command=command)
    return answer(CompanyWritten, HOLDING, id_, outcome, company=company)


@router.get("")
async def list_companies(services: ServicesDep, _: CallerDep) -> tuple[Company, ...]:
    """All companies, by id."""
    async with services.reads.system() as conn:
        return await reads.companies(conn)


@router.get("/{company_id}")
async def get_company(company_id: UUID, services: ServicesDep, _: CallerDep) -> Company:
    """One company. 404 `company_not_found`."""
    async with services.reads.system() as conn:
        found = await reads.company(conn, str(company_id))
    if found is None:
        raise NotFound("company_not_found")
    return found
