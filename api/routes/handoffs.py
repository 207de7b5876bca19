"""A lead is handed over to people, as a deal."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field

from api.assigning import check_assignable
from api.auth import allowed
from api.bodies import Strict
from api.money import Amount, Currency
from api.on_lead import OnLeadDep, text_of
from api.places import place_of
from api.reading import Fresh
from api.routes.lead_states import Evidence
from api.submit import Written, written
from domain.deal.commands import HandOffLead, UndoHandoff
from domain.deal.parts import HandoffReason, Money, UndoReason
from domain.kernel.actor import Permission
from domain.kernel.ids import derived

router = APIRouter(prefix="/v1", tags=["deals"], dependencies=[Fresh])


class MoneyBody(Strict):
    minor: Amount
    currency: Currency

    def money(self) -> Money:
        return Money(minor=self.minor, currency=self.currency)


class HandoffBody(Strict):
    """pipeline, stage: the company's first where none is given. user, team: whose it is then, as of an assignment; it
    stays whose it is where neither is given. assists: the Centurion goes on answering."""

    reason: HandoffReason
    pipeline: UUID | None = None
    stage: UUID | None = None
    value: MoneyBody | None = None
    user: UUID | None = None
    team: UUID | None = None
    assists: bool = False
    evidence: Evidence = ()


class UndoBody(Strict):
    reason: UndoReason


class HandedOff(Written):
    """deal: its id."""

    deal: str = Field(description="the deal that was opened")


@router.post("/leads/{lead_id}/handoff", **written(HandedOff), **allowed(Permission.DEAL_MANAGE))
async def hand_off_lead(lead_id: UUID, body: HandoffBody, on: OnLeadDep) -> Response:
    """Lead and deal change in one commit. 404 `lead_not_found`, `no_pipeline`, `unknown_pipeline`, `unknown_stage`,
    `unknown_member`, `unknown_team`; 422 `unknown_evidence`; 409 `illegal_transition`, `stage_requires` with what is
    missing, `pipeline_retired`, `not_in_team`, `journey_closed`, `lead_erased`."""
    lead = await on.lead(lead_id)
    user, team = text_of(body.user), text_of(body.team)
    await check_assignable(on.services, on.tenant, user, team)
    id_ = on.id_of(f"handoff:{lead}")
    command = HandOffLead(
        lead=lead,
        deal=derived("deal", id_),
        place=await place_of(on, text_of(body.pipeline), text_of(body.stage)),
        value=body.value.money() if body.value else None,
        assigns=user is not None or team is not None,
        user=user,
        team=team,
        reason=body.reason,
        assists=body.assists,
        evidence=await on.evidence(lead, body.evidence),
    )
    return await on.write(lead, command, id_, HandedOff, deal=command.deal)


@router.post("/deals/{deal_id}/undoing", **written(Written), **allowed(Permission.DEAL_MANAGE))
async def undo_handoff(deal_id: UUID, body: UndoBody, on: OnLeadDep) -> Response:
    """As if the handoff had not been: within 15 minutes. 404 `deal_not_found`; 409 `too_late`, `deal_over`."""
    deal = await on.deal(deal_id)
    command = UndoHandoff(lead=deal.lead_id, deal=deal.id, reason=body.reason)
    return await on.write(deal.lead_id, command, on.id_of(f"undoing:{deal.id}"))
