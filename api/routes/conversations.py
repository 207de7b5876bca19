"""Conversations of a company: list, timeline, and who has the floor."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.auth import Caller, CallerDep, TenantDep, allowed
from api.bodies import Strict
from api.etags import TAGGED, TagsDep
from api.reading import Fresh
from api.routes.leads import After, Limit
from api.services import Services, ServicesDep
from api.submit import IdempotencyKey, Written, answer, command_id, written
from api.watch import ReadingDep
from domain.conversation.commands import GiveFloorBack, TakeFloor
from domain.kernel.actor import Permission
from domain.kernel.errors import NotFound
from domain.kernel.ids import lead_journey
from projections.read import conversations as reads
from projections.read import timeline as timeline_reads
from projections.read.conversations import Conversation
from projections.read.handling import handling
from projections.read.page import Page
from projections.read.timeline import Message

router = APIRouter(prefix="/v1/conversations", tags=["conversations"], dependencies=[Fresh])


class Floor(Strict):
    """holder: `human` takes the floor, `centurion` gives it back."""

    holder: Literal["human", "centurion"]


@router.get("", **allowed(Permission.CONVERSATION_READ))
async def list_conversations(
    services: ServicesDep,
    caller: CallerDep,
    tenant: TenantDep,
    lead: Annotated[UUID | None, Query(description="only of this lead")] = None,
    limit: Limit = 50,
    after: After = None,
) -> Page[Conversation]:
    """The latest first."""
    async with services.reads.company(tenant, caller.sight) as conn:
        of_lead = str(lead) if lead else None
        scope = caller.sight.scope
        return await reads.conversations(conn, tenant, lead=of_lead, limit=limit, after=after, scope=scope)


@router.get("/{conversation_id}", **TAGGED, **allowed(Permission.CONVERSATION_READ))
async def get_conversation(
    conversation_id: UUID, services: ServicesDep, caller: CallerDep, _: TenantDep, tags: TagsDep
) -> Conversation:
    """One conversation. 404 `conversation_not_found`, also for another company's and of a lead that the caller does not
    see."""
    version = await tags.version(f"conversation-{conversation_id}")
    found = await _conversation(services, caller, conversation_id)
    tags.show(version, whole=False)
    return found


@router.get("/{conversation_id}/timeline", **allowed(Permission.CONVERSATION_READ))
async def get_timeline(
    conversation_id: UUID,
    services: ServicesDep,
    caller: CallerDep,
    tenant: TenantDep,
    reading: ReadingDep,
    limit: Limit = 50,
    before: Annotated[str | None, Query(description="`next` of the page before: older messages")] = None,
) -> Page[Message]:
    """The newest first."""
    found = await _conversation(services, caller, conversation_id)
    reading.of("conversation", found.lead_id)
    async with services.reads.company(tenant, caller.sight) as conn:
        return await timeline_reads.timeline(conn, tenant, found.id, limit=limit, before=before)


@router.put("/{conversation_id}/floor", **written(Written), **allowed(Permission.CONVERSATION_FLOOR))
async def put_floor(
    conversation_id: UUID,
    floor: Floor,
    services: ServicesDep,
    caller: CallerDep,
    tenant: TenantDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Takes the floor for people, or gives it back to the Centurion. 409 with a code when it is so already."""
    found = await _conversation(services, caller, conversation_id)
    command: TakeFloor | GiveFloorBack
    if floor.holder == "human":
        command = TakeFloor(lead=found.lead_id, conversation=found.id)
    else:
        async with services.reads.company(tenant, caller.sight) as conn:
            who = await handling(conn, tenant, found.instance_id)
        command = GiveFloorBack(lead=found.lead_id, conversation=found.id, handling=who)
    journey = lead_journey(found.lead_id)
    id_ = command_id(caller, f"floor:{conversation_id}:{floor.holder}", idempotency_key)
    outcome = await services.commander.run(caller, tenant=tenant, journey=journey, id_=id_, command=command)
    return answer(Written, journey, id_, outcome)


async def _conversation(services: Services, caller: Caller, conversation_id: UUID) -> Conversation:
    async with services.reads.company(caller.company, caller.sight) as conn:
        found = await reads.conversation(conn, caller.company, str(conversation_id))
    if found is None:
        raise NotFound("conversation_not_found")
    return found
