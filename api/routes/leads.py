"""Leads of a company."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict

from api.auth import CallerDep, TenantDep, allowed
from api.erasing import Erasing
from api.etags import TAGGED, TagsDep
from api.reading import Fresh
from api.services import ServicesDep
from api.submit import IdempotencyKey, Written, answer, command_id, written
from api.watch import ReadingDep
from domain.kernel.actor import Permission
from domain.kernel.errors import NotFound
from domain.kernel.ids import lead_journey
from domain.lead.parts import ErasureReason
from projections.read import conversations as conversation_reads
from projections.read import leads as lead_reads
from projections.read.conversations import Conversation
from projections.read.leads import Lead, LeadAlias
from projections.read.page import Page

router = APIRouter(prefix="/v1/leads", tags=["leads"], dependencies=[Fresh])

Limit = Annotated[int, Query(ge=1, le=200, description="rows of one page")]
After = Annotated[str | None, Query(description="`next` of the page before")]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadDetail:
    """A lead with the ids it is known by and its conversations, the latest first."""

    lead: Lead
    aliases: tuple[LeadAlias, ...]
    conversations: tuple[Conversation, ...]


class Erase(BaseModel):
    """reason: a code, for it stands in the log for ever and must not tell who it was."""

    model_config = ConfigDict(extra="forbid")

    reason: ErasureReason


@router.get("", **allowed(Permission.LEAD_READ))
async def list_leads(
    services: ServicesDep, tenant: TenantDep, reading: ReadingDep, limit: Limit = 50, after: After = None
) -> Page[Lead]:
    """The latest heard of first."""
    async with services.reads.company(tenant) as conn:
        found = await lead_reads.leads(conn, tenant, limit=limit, after=after)
    reading.of("lead", *(lead.id for lead in found.items))
    return found


@router.get("/{lead_id}", **TAGGED, **allowed(Permission.LEAD_READ))
async def get_lead(
    lead_id: UUID, services: ServicesDep, tenant: TenantDep, reading: ReadingDep, tags: TagsDep
) -> LeadDetail:
    """One lead. 404 `lead_not_found`, also for another company's. The ETag is the lead's own, without its
    conversations."""
    version = await tags.version(f"lead-{lead_id}")
    async with services.reads.company(tenant) as conn:
        lead = await lead_reads.lead(conn, tenant, str(lead_id))
        if lead is None:
            raise NotFound("lead_not_found")
        aliases = await lead_reads.aliases(conn, tenant, lead.id)
        page = await conversation_reads.conversations(conn, tenant, lead=lead.id)
    reading.of("lead", lead.id)
    tags.show(version, whole=False)
    return LeadDetail(lead=lead, aliases=aliases, conversations=page.items)


@router.post("/{lead_id}/erasure", **written(Written), **allowed(Permission.LEAD_ERASE))
async def post_erasure(
    lead_id: UUID,
    erase: Erase,
    services: ServicesDep,
    caller: CallerDep,
    tenant: TenantDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Forgets the person, for good: reads show nothing personal at once, the key is destroyed within seconds, and the
    lead's `erasure` is `completing` until its raw bodies have aged out (`bodies_until`), then `completed`.

    409 `lead_erased` when it is so already. What the person writes from now on starts a new lead.
    """
    lead = str(lead_id)
    id_ = command_id(caller, f"erasure:{lead}", idempotency_key)
    outcome = await Erasing(services, caller, tenant, erase.reason).run(lead, id_)
    return answer(Written, lead_journey(lead), id_, outcome)
