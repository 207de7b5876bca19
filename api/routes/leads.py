"""Leads of a company."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.assigning import check_assignable
from api.auth import CallerDep, TenantDep, allowed
from api.bodies import Strict
from api.erasing import Erasing
from api.etags import TAGGED, TagsDep
from api.reading import Fresh
from api.seen import lead_seen
from api.services import ServicesDep
from api.submit import IdempotencyKey, Written, answer, command_id, written
from api.watch import ReadingDep
from domain.kernel.actor import Permission
from domain.kernel.errors import NotFound
from domain.kernel.ids import lead_journey
from domain.lead.commands import AssignLead
from domain.lead.parts import AssignReason, ErasureReason
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


class Assignment(Strict):
    """user: a member of the company. team: one of its teams; with a user one that they are in. Without both the lead is
    nobody's. reason: a code, as of an erasure."""

    user: UUID | None
    team: UUID | None
    reason: AssignReason

    @property
    def user_id(self) -> str | None:
        return None if self.user is None else str(self.user)

    @property
    def team_id(self) -> str | None:
        return None if self.team is None else str(self.team)


class Erase(Strict):
    """reason: a code, for it stands in the log for ever and must not tell who it was."""

    reason: ErasureReason


@router.get("", **allowed(Permission.LEAD_READ))
async def list_leads(
    services: ServicesDep,
    caller: CallerDep,
    tenant: TenantDep,
    reading: ReadingDep,
    limit: Limit = 50,
    after: After = None,
) -> Page[Lead]:
    """Those that the caller sees, the latest heard of first."""
    async with services.reads.company(tenant, caller.sight) as conn:
        found = await lead_reads.leads(conn, tenant, limit=limit, after=after, scope=caller.sight.scope)
    reading.of("lead", *(lead.id for lead in found.items))
    return found


@router.get("/{lead_id}", **TAGGED, **allowed(Permission.LEAD_READ))
async def get_lead(
    lead_id: UUID, services: ServicesDep, caller: CallerDep, tenant: TenantDep, reading: ReadingDep, tags: TagsDep
) -> LeadDetail:
    """One lead. 404 `lead_not_found`, also for another company's and one that the caller does not see. The ETag is the
    lead's own, without its conversations."""
    version = await tags.version(f"lead-{lead_id}")
    async with services.reads.company(tenant, caller.sight) as conn:
        lead = await lead_reads.lead(conn, tenant, str(lead_id))
        if lead is None:
            raise NotFound("lead_not_found")
        aliases = await lead_reads.aliases(conn, tenant, lead.id)
        page = await conversation_reads.conversations(conn, tenant, lead=lead.id)
    reading.of("lead", lead.id)
    tags.show(version, whole=False)
    return LeadDetail(lead=lead, aliases=aliases, conversations=page.items)


@router.put("/{lead_id}/assignment", **written(Written), **allowed(Permission.LEAD_ASSIGN))
async def put_assignment(
    lead_id: UUID,
    assignment: Assignment,
    services: ServicesDep,
    caller: CallerDep,
    tenant: TenantDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Whose the lead is from now on; it may be out of the caller's own sight then. 404 `lead_not_found`,
    `unknown_member`, `unknown_team`; 409 `not_in_team` where both are given, `assignment_unchanged`, `journey_closed`,
    `lead_erased`."""
    lead = (await lead_seen(services, caller, str(lead_id))).id
    command = AssignLead(lead=lead, user=assignment.user_id, team=assignment.team_id, reason=assignment.reason)
    await check_assignable(services, tenant, command.user, command.team)
    id_ = command_id(caller, f"assignment:{lead}", idempotency_key)
    journey = lead_journey(lead)
    outcome = await services.commander.run(caller, tenant=tenant, journey=journey, id_=id_, command=command)
    return answer(Written, journey, id_, outcome)


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
