"""Where deals may stand and why they end: what a lead's journey cannot know of its company's pipelines."""

from __future__ import annotations

from api.on_lead import OnLead
from domain.deal.parts import DealItem, Money, Place
from domain.kernel.errors import InvalidInput, NotFound, Refused
from projections.read import pipelines as reads
from projections.read import services as service_reads
from projections.read.pipelines import Pipeline


async def place_of(on: OnLead, pipeline_id: str | None, stage_id: str | None) -> Place:
    """pipeline_id: None for the company's first; stage_id: None for its first. Raises NotFound `no_pipeline`,
    `unknown_pipeline`, `unknown_stage`; Refused `pipeline_retired`."""
    pipeline = await _pipeline(on, pipeline_id)
    if pipeline.retired:
        raise Refused("pipeline_retired")
    stage = next((each for each in pipeline.stages if stage_id in (None, each.id)), None)
    if stage is None:
        raise NotFound("unknown_stage", "stage: none of the pipeline's, or taken away")
    return Place(pipeline=pipeline.id, stage=stage.id, requires=stage.requires)


async def reason_of(on: OnLead, pipeline_id: str, reason: str | None, *, won: bool) -> str | None:
    """Of an end. Raises InvalidInput `unknown_reason`, `reason_missing` where the pipeline has reasons to choose
    from."""
    pipeline = await _pipeline(on, pipeline_id)
    known = [each.id for each in (pipeline.won_reasons if won else pipeline.lost_reasons)]
    if reason is None and known:
        raise InvalidInput("reason_missing", "reason: one of the pipeline's")
    if reason is not None and reason not in known:
        raise InvalidInput("unknown_reason", "reason: none of the pipeline's")
    return reason


async def priced(on: OnLead, items: tuple[DealItem, ...], currency: str) -> Money:
    """The sum of the items. Raises NotFound `unknown_service`; InvalidInput `currency_differs`."""
    async with on.services.reads.company(on.tenant, on.caller.sight) as conn:
        services = {each.id: each for each in await service_reads.services(conn, on.tenant) if not each.retired}
    for item in items:
        if item.service not in services:
            raise NotFound("unknown_service", f"items: {item.service} is not sold")
        if services[item.service].currency != currency:
            raise InvalidInput("currency_differs", f"items: {item.service} is not priced in {currency}")
    return Money(minor=sum(item.quantity * item.price for item in items), currency=currency)


async def _pipeline(on: OnLead, pipeline_id: str | None) -> Pipeline:
    async with on.services.reads.company(on.tenant, on.caller.sight) as conn:
        if pipeline_id is not None:
            found = await reads.pipeline(conn, on.tenant, pipeline_id)
        else:
            found = next(iter(each for each in await reads.pipelines(conn, on.tenant) if not each.retired), None)
    if found is None:
        code = "no_pipeline" if pipeline_id is None else "unknown_pipeline"
        raise NotFound(code, "pipeline: the company has none of this id" if pipeline_id else "make a pipeline first")
    return found
