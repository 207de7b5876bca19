"""What was reported to Meta, and what came of it: the diagnostics of every attempt."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import AwareDatetime

from api.auth import CallerDep, TenantDep, allowed
from api.bodies import Strict
from api.conversion_words import Words, words_of
from api.on_lead import OnLeadDep, text_of
from api.reading import Fresh
from api.routes.leads import After, Limit
from api.services import ServicesDep
from api.submit import Written, written
from api.watch import ReadingDep
from domain.conversion.commands import RequestConversion
from domain.conversion.parts import RequestReason
from domain.kernel.actor import Permission
from domain.kernel.errors import NotFound
from domain.pixel.settings import Milestone
from projections.read import conversions as reads
from projections.read.conversions import Attempt, Conversion, State
from projections.read.page import Page

router = APIRouter(prefix="/v1/conversions", tags=["pixels"], dependencies=[Fresh])


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionDetail:
    """attempts: the newest first. why: in plain words, why it was not accepted; None where it was, or nobody knows yet.
    hints: of the newest attempt, in plain words: what was left out, and what would be found better."""

    conversion: Conversion
    attempts: tuple[Attempt, ...]
    why: Words | None
    hints: tuple[Words, ...]


class ResendBody(Strict):
    """anyway: also where nobody knows what came of it: Meta may then count it twice."""

    anyway: bool = False


@router.get("", **allowed(Permission.PIXEL_READ))
async def list_conversions(
    services: ServicesDep,
    caller: CallerDep,
    tenant: TenantDep,
    reading: ReadingDep,
    pixel: UUID | None = None,
    state: State | None = None,
    milestone: Milestone | None = None,
    lead: UUID | None = None,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    limit: Limit = 50,
    after: After = None,
) -> Page[Conversion]:
    """Of leads that the caller sees: what happened last first. An item's `id` is Meta's `event_id`: a browser's pixel
    that reports the same with it is counted once."""
    async with services.reads.company(tenant, caller.sight) as conn:
        found = await reads.conversions(
            conn,
            tenant,
            pixel=text_of(pixel),
            state=state,
            milestone=milestone,
            lead=text_of(lead),
            since=since,
            until=until,
            limit=limit,
            after=after,
            scope=caller.sight.scope,
        )
    reading.of("conversion", *{each.lead_id for each in found.items})
    return found


@router.get("/{conversion_id}", **allowed(Permission.PIXEL_READ))
async def get_conversion(
    conversion_id: UUID, services: ServicesDep, caller: CallerDep, tenant: TenantDep, reading: ReadingDep
) -> ConversionDetail:
    """With every attempt as it was sent. 404 `conversion_not_found`, also for another company's and that of a lead that
    the caller does not see."""
    async with services.reads.company(tenant, caller.sight) as conn:
        found = await reads.conversion(conn, tenant, str(conversion_id))
        if found is None:
            raise NotFound("conversion_not_found")
        attempts = await reads.attempts(conn, tenant, found.id)
    reading.of("conversion", found.lead_id)
    code = found.cause or found.reason or (found.state if found.state in ("expired", "held") else None)
    newest = attempts[0] if attempts else None
    return ConversionDetail(
        conversion=found,
        attempts=attempts,
        why=words_of(code) if code else None,
        hints=tuple(words_of(code) for code in (*newest.left_out, *newest.hints)) if newest else (),
    )


@router.post("/{conversion_id}/resend", **written(Written), **allowed(Permission.CONVERSION_REQUEST))
async def resend_conversion(conversion_id: UUID, body: ResendBody, on: OnLeadDep) -> Response:
    """After a fix, under the same id. 404 `conversion_not_found`; 409 `conversion_accepted`, `conversion_open`,
    `outcome_unknown`, `lead_erased`."""
    async with on.services.reads.company(on.tenant, on.caller.sight) as conn:
        found = await reads.conversion(conn, on.tenant, str(conversion_id))
    if found is None:
        raise NotFound("conversion_not_found")
    command = RequestConversion(
        lead=found.lead_id,
        conversion=found.id,
        happened=found.happened,
        reason=RequestReason.RESEND,
        anyway=body.anyway,
    )
    return await on.write(found.lead_id, command, on.id_of(f"resend:{found.id}"))
