"""Deals of a company: where they stand, what they may bring, how they end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Response
from pydantic import Field

from api.auth import CallerDep, TenantDep, allowed
from api.bodies import Strict
from api.etags import TAGGED, TagsDep
from api.money import Amount, Currency
from api.on_lead import OnLeadDep, text_of
from api.places import place_of, priced, reason_of
from api.reading import Fresh
from api.routes.lead_states import Evidence
from api.routes.leads import After, Limit
from api.services import ServicesDep
from api.submit import Written, written
from api.watch import ReadingDep
from domain.deal.commands import LoseDeal, MoveDeal, ReopenDeal, ValueDeal, WinDeal
from domain.deal.parts import DealItem, Money
from domain.deal.policies import MAX_ITEMS, MAX_QUANTITY
from domain.kernel.actor import Permission
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.ids import HOLDING_TENANT
from projections.read import deals as reads
from projections.read import pipelines
from projections.read.board import Column, board
from projections.read.deal_index import IndexedDeal, deal_index
from projections.read.deals import Activity, Brief, Deal, Item, State
from projections.read.page import Page
from projections.read.pipelines import Pipeline

router = APIRouter(prefix="/v1/deals", tags=["deals"], dependencies=[Fresh])


class StageBody(Strict):
    """pipeline: its own where none is given."""

    stage: UUID
    pipeline: UUID | None = None


class ItemBody(Strict):
    """price: of one, in the currency's smallest unit."""

    service: UUID
    quantity: int = Field(ge=1, le=MAX_QUANTITY)
    price: Amount


class ValueBody(Strict):
    """minor: where there are no items; with items the value is their sum."""

    currency: Currency
    minor: Amount | None = None
    items: tuple[ItemBody, ...] = Field(default=(), max_length=MAX_ITEMS)


class EndBody(Strict):
    """reason: id of one of the pipeline's reasons, where it has some."""

    reason: str | None = Field(default=None, max_length=40)
    evidence: Evidence = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DealDetail:
    """activities: the newest fifty."""

    deal: Deal
    items: tuple[Item, ...]
    brief: Brief | None
    activities: tuple[Activity, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """columns: by stage, from left to right."""

    pipeline: Pipeline
    columns: tuple[Column, ...]


@router.get("", **allowed(Permission.DEAL_READ))
async def list_deals(
    services: ServicesDep,
    caller: CallerDep,
    tenant: TenantDep,
    reading: ReadingDep,
    pipeline: UUID | None = None,
    stage: UUID | None = None,
    state: State | None = None,
    lead: UUID | None = None,
    limit: Limit = 50,
    after: After = None,
) -> Page[Deal]:
    """Those whose leads the caller sees, the longest in their stage first."""
    async with services.reads.company(tenant, caller.sight) as conn:
        found = await reads.deals(
            conn,
            tenant,
            pipeline=text_of(pipeline),
            stage=text_of(stage),
            state=state,
            lead=text_of(lead),
            limit=limit,
            after=after,
            scope=caller.sight.scope,
        )
    reading.of("deal", *{deal.lead_id for deal in found.items})
    return found


@router.get("/board", **allowed(Permission.DEAL_READ))
async def get_board(
    pipeline: UUID, services: ServicesDep, caller: CallerDep, tenant: TenantDep, reading: ReadingDep, cards: Limit = 20
) -> Board:
    """The open deals of a pipeline that the caller sees, by stage; former stages where some are still there. 404
    `unknown_pipeline`."""
    async with services.reads.company(tenant, caller.sight) as conn:
        found = await pipelines.pipeline(conn, tenant, str(pipeline))
        if found is None:
            raise NotFound("unknown_pipeline")
        stages, former = ([each.id for each in some] for some in (found.stages, found.former_stages))
        columns = await board(conn, tenant, found.id, (*stages, *former), cards=cards, scope=caller.sight.scope)
    shown = tuple(column for column in columns if column.deals or column.stage_id in stages)
    reading.of("deal", *{deal.lead_id for column in shown for deal in column.page.items})
    return Board(pipeline=found, columns=shown)


@router.get("/index", **allowed(Permission.DEAL_READ))
async def list_deal_index(
    services: ServicesDep,
    caller: CallerDep,
    _: Annotated[str | None, Header(alias="X-Tenant-ID", description="the company; the holding's own without")] = None,
    company: Annotated[UUID | None, Query(description="of the holding's; all without")] = None,
    state: State | None = None,
    limit: Limit = 50,
    after: After = None,
) -> Page[IndexedDeal]:
    """The newest first, without names: of all companies for who reads the holding, else of the caller's company those
    whose leads they see."""
    of = text_of(company)
    if caller.company != HOLDING_TENANT:
        async with services.reads.company(caller.company, caller.sight) as conn:
            return await deal_index(conn, company=of or caller.company, state=state, limit=limit, after=after)
    async with services.reads.system() as conn:
        return await deal_index(conn, company=of, state=state, limit=limit, after=after)


@router.get("/{deal_id}", **TAGGED, **allowed(Permission.DEAL_READ))
async def get_deal(
    deal_id: UUID, services: ServicesDep, caller: CallerDep, tenant: TenantDep, reading: ReadingDep, tags: TagsDep
) -> DealDetail:
    """404 `deal_not_found`, also for another company's and that of a lead that the caller does not see."""
    version = await tags.version(f"deal-{deal_id}")
    async with services.reads.company(tenant, caller.sight) as conn:
        deal = await reads.deal(conn, tenant, str(deal_id))
        if deal is None:
            raise NotFound("deal_not_found")
        items = await reads.items(conn, tenant, deal.id)
        brief = await reads.brief(conn, tenant, deal.id)
        page = await reads.activities(conn, tenant, deal.id)
    reading.of("deal", deal.lead_id)
    tags.show(version, whole=False)
    return DealDetail(deal=deal, items=items, brief=brief, activities=page.items)


@router.put("/{deal_id}/stage", **written(Written), **allowed(Permission.DEAL_MANAGE))
async def move_deal(deal_id: UUID, body: StageBody, on: OnLeadDep) -> Response:
    """With `If-Match` only if nobody has changed the deal meanwhile. 404 `deal_not_found`, `unknown_pipeline`,
    `unknown_stage`; 409 `stage_requires` with what is missing, `stage_unchanged`, `deal_over`, `pipeline_retired`; 412
    `version_mismatch`."""
    deal = await on.deal(deal_id)
    pipeline = text_of(body.pipeline) or deal.pipeline_id
    command = MoveDeal(lead=deal.lead_id, deal=deal.id, place=await place_of(on, pipeline, str(body.stage)))
    return await on.write(deal.lead_id, command, on.id_of(f"stage:{deal.id}"))


@router.put("/{deal_id}/value", **written(Written), **allowed(Permission.DEAL_MANAGE))
async def value_deal(deal_id: UUID, body: ValueBody, on: OnLeadDep) -> Response:
    """404 `deal_not_found`, `unknown_service`; 422 `currency_differs`, `value_missing`; 409 `value_is_not_the_sum`,
    `value_unchanged`, `value_out_of_range`, `deal_over`."""
    deal = await on.deal(deal_id)
    if body.minor is None and not body.items:
        raise InvalidInput("value_missing", "minor: a sum, or items: what is sold")
    items = tuple(DealItem(service=str(item.service), quantity=item.quantity, price=item.price) for item in body.items)
    total = await priced(on, items, body.currency)
    value = total if body.minor is None else Money(minor=body.minor, currency=body.currency)
    command = ValueDeal(lead=deal.lead_id, deal=deal.id, value=value, items=items)
    return await on.write(deal.lead_id, command, on.id_of(f"value:{deal.id}"))


@router.post("/{deal_id}/won", **written(Written), **allowed(Permission.DEAL_MANAGE))
async def win_deal(deal_id: UUID, body: EndBody, on: OnLeadDep) -> Response:
    """The lead is a customer, in the same commit. 404 `deal_not_found`; 422 `reason_missing`, `unknown_reason`,
    `unknown_evidence`; 409 `deal_over`."""
    deal = await on.deal(deal_id)
    command = WinDeal(
        lead=deal.lead_id,
        deal=deal.id,
        reason=await reason_of(on, deal.pipeline_id, body.reason, won=True),
        evidence=await on.evidence(deal.lead_id, body.evidence),
    )
    return await on.write(deal.lead_id, command, on.id_of(f"won:{deal.id}"))


@router.post("/{deal_id}/lost", **written(Written), **allowed(Permission.DEAL_MANAGE))
async def lose_deal(deal_id: UUID, body: EndBody, on: OnLeadDep) -> Response:
    """As of a deal that is won."""
    deal = await on.deal(deal_id)
    command = LoseDeal(
        lead=deal.lead_id,
        deal=deal.id,
        reason=await reason_of(on, deal.pipeline_id, body.reason, won=False),
        evidence=await on.evidence(deal.lead_id, body.evidence),
    )
    return await on.write(deal.lead_id, command, on.id_of(f"lost:{deal.id}"))


@router.post("/{deal_id}/reopening", **written(Written), **allowed(Permission.DEAL_MANAGE))
async def reopen_deal(deal_id: UUID, on: OnLeadDep) -> Response:
    """Won or lost no more. 404 `deal_not_found`; 409 `deal_open`, `deal_withdrawn`, `newer_deal`."""
    deal = await on.deal(deal_id)
    command = ReopenDeal(lead=deal.lead_id, deal=deal.id)
    return await on.write(deal.lead_id, command, on.id_of(f"reopening:{deal.id}"))
