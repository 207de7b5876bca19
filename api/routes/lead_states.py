"""How far a lead is: people say it, where it does not follow from what is said and known."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field

from api.auth import allowed
from api.bodies import Strict
from api.on_lead import OnLeadDep
from api.reading import Fresh
from api.submit import Written, written
from domain.kernel.actor import Permission
from domain.lead.commands import DisqualifyLead, QualifyLead, ReopenLead
from domain.lead.life import MAX_EVIDENCE
from domain.lead.parts import StateReason

router = APIRouter(prefix="/v1/leads/{lead_id}", tags=["leads"], dependencies=[Fresh])

Evidence = Annotated[
    tuple[UUID, ...], Field(max_length=MAX_EVIDENCE, description="ids of events of this lead that say so")
]


class QualificationBody(Strict):
    evidence: Evidence = ()


class ReasonBody(Strict):
    """reason: a code, for it stands in the log for ever."""

    reason: StateReason
    evidence: Evidence = ()


@router.post("/qualification", **written(Written), **allowed(Permission.LEAD_MANAGE))
async def qualify_lead(lead_id: UUID, body: QualificationBody, on: OnLeadDep) -> Response:
    """Worth a person's time. 404 `lead_not_found`; 422 `unknown_evidence`; 409 `illegal_transition`, `journey_closed`,
    `lead_erased`."""
    lead = await on.lead(lead_id)
    command = QualifyLead(lead=lead, evidence=await on.evidence(lead, body.evidence))
    return await on.write(lead, command, on.id_of(f"qualification:{lead}"))


@router.post("/disqualification", **written(Written), **allowed(Permission.LEAD_MANAGE))
async def disqualify_lead(lead_id: UUID, body: ReasonBody, on: OnLeadDep) -> Response:
    """They will not buy. 409 `wrong_reason` for a reason that disqualifies nobody; and as of a qualification."""
    lead = await on.lead(lead_id)
    command = DisqualifyLead(lead=lead, reason=body.reason, evidence=await on.evidence(lead, body.evidence))
    return await on.write(lead, command, on.id_of(f"disqualification:{lead}"))


@router.post("/reopening", **written(Written), **allowed(Permission.LEAD_MANAGE))
async def reopen_lead(lead_id: UUID, body: ReasonBody, on: OnLeadDep) -> Response:
    """They may buy after all: the Centurion sells again. 409 `opted_out`, `wrong_reason`; and as of a qualification."""
    lead = await on.lead(lead_id)
    command = ReopenLead(lead=lead, reason=body.reason, evidence=await on.evidence(lead, body.evidence))
    return await on.write(lead, command, on.id_of(f"reopening:{lead}"))
