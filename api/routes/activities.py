"""What is done about a deal."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, Field

from api.auth import CallerDep, TenantDep, allowed
from api.bodies import Strict
from api.on_lead import OnLeadDep, text_of
from api.reading import Fresh
from api.routes.leads import After, Limit
from api.services import ServicesDep
from api.submit import Written, written
from api.watch import ReadingDep
from domain.deal.commands import AddActivity, FinishActivity
from domain.deal.parts import ActivityKind
from domain.kernel.actor import Permission
from domain.kernel.ids import derived
from domain.kernel.sealed import ActivityText, label_of
from projections.read import deals as reads
from projections.read.deals import Activity
from projections.read.page import Page

router = APIRouter(prefix="/v1/deals/{deal_id}/activities", tags=["deals"], dependencies=[Fresh])

MAX_TEXT: Final = 20_000
"""Characters: the minutes of a long meeting."""


class ActivityBody(Strict):
    """due_at: of a task, and of nothing else. file: id of a file of the company's, of kind `file`."""

    kind: ActivityKind
    text: str | None = Field(default=None, min_length=1, max_length=MAX_TEXT)
    due_at: AwareDatetime | None = None
    file: UUID | None = None


class ActivityWritten(Written):
    """activity: its id."""

    activity: str


@router.get("", **allowed(Permission.DEAL_READ))
async def list_activities(
    deal_id: UUID,
    on: OnLeadDep,
    services: ServicesDep,
    caller: CallerDep,
    tenant: TenantDep,
    reading: ReadingDep,
    limit: Limit = 50,
    after: After = None,
) -> Page[Activity]:
    """The newest first. 404 `deal_not_found`."""
    deal = await on.deal(deal_id)
    async with services.reads.company(tenant, caller.sight) as conn:
        found = await reads.activities(conn, tenant, deal.id, limit=limit, after=after)
    reading.of("deal", deal.lead_id)
    return found


@router.post("", **written(ActivityWritten), **allowed(Permission.DEAL_MANAGE))
async def add_activity(deal_id: UUID, body: ActivityBody, on: OnLeadDep) -> Response:
    """Also to a deal that is over. 404 `deal_not_found`, `file_not_found`; 409 `activity_invalid` with the field that
    is missing or too much, `too_many_activities`, `lead_erased`."""
    deal = await on.deal(deal_id)
    if body.file is not None:
        await on.services.vault.files.get(on.tenant, str(body.file))
    id_ = on.id_of(f"activities:{deal.id}")
    sealer = await on.sealer(deal.lead_id)
    command = AddActivity(
        lead=deal.lead_id,
        deal=deal.id,
        activity=derived("activity", id_),
        kind=body.kind,
        text=sealer.text(label_of(ActivityText), body.text) if body.text else None,
        due_at=body.due_at,
        file=text_of(body.file),
    )
    return await on.write(deal.lead_id, command, id_, ActivityWritten, activity=command.activity)


@router.put("/{activity_id}/done", **written(ActivityWritten), **allowed(Permission.DEAL_MANAGE))
async def finish_activity(deal_id: UUID, activity_id: UUID, on: OnLeadDep) -> Response:
    """A task is done. 404 `deal_not_found`, `unknown_activity`; 409 `already_done`."""
    deal = await on.deal(deal_id)
    command = FinishActivity(lead=deal.lead_id, deal=deal.id, activity=str(activity_id))
    id_ = on.id_of(f"done:{activity_id}")
    return await on.write(deal.lead_id, command, id_, ActivityWritten, activity=command.activity)
