"""Pipelines of a company: in which stages its deals stand.

All of them are one stream, so that names and order are decided at once: an `ETag` here is the version of all, and with
`If-Match` a change of another pipeline counts as well (412: read again).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, TypeVar
from uuid import UUID, uuid4

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from api.auth import Caller, CallerDep, TenantDep, allowed
from api.bodies import Strict
from api.etags import TAGGED, TagsDep
from api.on_lead import text_of
from api.reading import Fresh
from api.services import Services, ServicesDep
from api.submit import IdempotencyKey, Written, answer, command_id, written
from domain.holding.policies import MAX_NAME
from domain.kernel.actor import Permission
from domain.kernel.command import Command
from domain.kernel.errors import NotFound
from domain.kernel.ids import derived, tenant_journey
from domain.pipeline.commands import ChangePipeline, CreatePipeline, OrderPipelines, RetirePipeline
from domain.pipeline.policies import MAX_PIPELINES, MAX_REASONS, MAX_REQUIRED, MAX_STAGES, REQUIREMENT
from domain.pipeline.settings import Layout, OnSignature, Reason, Stage, new_id
from projections.read import pipelines as reads
from projections.read.pipelines import Pipeline

router = APIRouter(prefix="/v1/pipelines", tags=["pipelines"], dependencies=[Fresh])


Required = Annotated[str, Field(pattern=f"^({REQUIREMENT})$")]

Item = TypeVar("Item", Stage, Reason)


class StageBody(Strict):
    """A column of the board."""

    name: str = Field(min_length=1, max_length=MAX_NAME)
    colour: str = Field(pattern="^#[0-9a-f]{6}$")
    probability: int = Field(ge=0, le=100, description="of being won, per cent")
    requires: tuple[Required, ...] = Field(
        default=(),
        max_length=MAX_REQUIRED,
        description="what a deal needs to enter it, each once; fact:<key>: that answer of the lead",
    )


class ReasonBody(Strict):
    """To choose from when a deal is closed."""

    label: str = Field(min_length=1, max_length=MAX_NAME)


class KeptStage(StageBody):
    """id: of a stage that the pipeline has or had; without one it is a new stage."""

    id: UUID | None = None


class KeptReason(ReasonBody):
    """id: of a reason that the pipeline has or had; without one it is a new reason."""

    id: UUID | None = None


class PipelineBody(Strict):
    """stages: from left to right."""

    name: str = Field(min_length=1, max_length=MAX_NAME)
    stages: tuple[StageBody, ...] = Field(min_length=1, max_length=MAX_STAGES)
    won_reasons: tuple[ReasonBody, ...] = Field(default=(), max_length=MAX_REASONS)
    lost_reasons: tuple[ReasonBody, ...] = Field(default=(), max_length=MAX_REASONS)

    def layout(self, id_: str) -> Layout:
        """id_: of the command."""
        return Layout(
            name=self.name,
            stages=_items(Stage, "stages", self.stages, id_),
            won_reasons=_items(Reason, "won_reasons", self.won_reasons, id_),
            lost_reasons=_items(Reason, "lost_reasons", self.lost_reasons, id_),
        )


class PipelineChange(PipelineBody):
    """All of it, as it shall be. What is not there is taken away, and may come back with its id."""

    stages: tuple[KeptStage, ...] = Field(min_length=1, max_length=MAX_STAGES)
    won_reasons: tuple[KeptReason, ...] = Field(default=(), max_length=MAX_REASONS)
    lost_reasons: tuple[KeptReason, ...] = Field(default=(), max_length=MAX_REASONS)
    on_signature: SignedBody | None = None

    def layout(self, id_: str) -> Layout:
        return replace(super().layout(id_), on_signature=self.on_signature.rule() if self.on_signature else None)


class SignedBody(Strict):
    """What becomes of a deal whose contract all have signed. stage: where it moves. wins: it is won; reason: one of the
    pipeline's, where it has some."""

    stage: UUID | None = None
    wins: bool = False
    reason: UUID | None = None

    def rule(self) -> OnSignature:
        return OnSignature(stage=text_of(self.stage), wins=self.wins, reason=text_of(self.reason))


class OrderBody(Strict):
    """pipelines: ids of all that are not retired, each once."""

    pipelines: tuple[UUID, ...] = Field(max_length=MAX_PIPELINES)


class PipelineWritten(Written):
    """pipeline: its id."""

    pipeline: str


@router.get("", **TAGGED, **allowed(Permission.PIPELINE_READ))
async def list_pipelines(
    services: ServicesDep, caller: CallerDep, tenant: TenantDep, tags: TagsDep
) -> tuple[Pipeline, ...]:
    """All that a board is made of: pipelines in the company's order, their stages from left to right; then the retired
    ones."""
    version = await tags.version(f"pipelines-{tenant}")
    async with services.reads.company(tenant, caller.sight) as conn:
        found = await reads.pipelines(conn, tenant)
    tags.show(version)
    return found


@router.post("", **written(PipelineWritten), **allowed(Permission.PIPELINE_MANAGE))
async def create_pipeline(
    body: PipelineBody,
    services: ServicesDep,
    caller: CallerDep,
    tenant: TenantDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """The last in the company's order. 409 `name_taken`, `stage_twice`, `reason_twice`, `invalid_requirement`,
    `too_many_pipelines` and others that name the field in `detail`."""
    id_ = command_id(caller, f"pipelines:{tenant}", idempotency_key)
    pipeline = derived("pipeline", id_) if idempotency_key else str(uuid4())
    command = CreatePipeline(pipeline=pipeline, company=tenant, **body.layout(id_).own_fields())
    return await _written(services, caller, command, tenant, pipeline, id_)


@router.put("/order", **written(Written), **allowed(Permission.PIPELINE_MANAGE))
async def order_pipelines(
    body: OrderBody,
    services: ServicesDep,
    caller: CallerDep,
    tenant: TenantDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """As they are shown. 409 `order_incomplete`, `order_unchanged`; 404 `unknown_pipeline`, also for a retired one."""
    id_ = command_id(caller, f"pipelines:{tenant}:order", idempotency_key)
    command = OrderPipelines(company=tenant, pipelines=tuple(map(str, body.pipelines)))
    journey = tenant_journey(tenant)
    outcome = await services.commander.run(caller, tenant=tenant, journey=journey, id_=id_, command=command)
    return answer(Written, journey, id_, outcome)


@router.get("/{pipeline_id}", **TAGGED, **allowed(Permission.PIPELINE_READ))
async def get_pipeline(
    pipeline_id: UUID, services: ServicesDep, caller: CallerDep, tenant: TenantDep, tags: TagsDep
) -> Pipeline:
    """A retired one, too. 404 `pipeline_not_found`, also for another company's."""
    version = await tags.version(f"pipelines-{tenant}")
    async with services.reads.company(tenant, caller.sight) as conn:
        found = await reads.pipeline(conn, tenant, str(pipeline_id))
    if found is None:
        raise NotFound("pipeline_not_found")
    tags.show(version)
    return found


@router.put("/{pipeline_id}", **written(PipelineWritten), **allowed(Permission.PIPELINE_MANAGE))
async def change_pipeline(
    pipeline_id: UUID,
    body: PipelineChange,
    services: ServicesDep,
    caller: CallerDep,
    tenant: TenantDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """All of it. A stage that is taken away keeps the deals that are in it until they move. As `create_pipeline`; 409
    `pipeline_unchanged`; 404 `unknown_pipeline`, also for another company's, `unknown_stage`, `unknown_reason` for ids
    that the pipeline never had."""
    id_ = command_id(caller, f"pipelines:{pipeline_id}:change", idempotency_key)
    command = ChangePipeline(pipeline=str(pipeline_id), company=tenant, **body.layout(id_).own_fields())
    return await _written(services, caller, command, tenant, str(pipeline_id), id_)


@router.delete("/{pipeline_id}", **written(PipelineWritten), **allowed(Permission.PIPELINE_MANAGE))
async def retire_pipeline(
    pipeline_id: UUID,
    services: ServicesDep,
    caller: CallerDep,
    tenant: TenantDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """For good: it takes no more deals, those that are in it stay. 404 `unknown_pipeline`."""
    id_ = command_id(caller, f"pipelines:{pipeline_id}:retire", idempotency_key)
    command = RetirePipeline(pipeline=str(pipeline_id), company=tenant)
    return await _written(services, caller, command, tenant, str(pipeline_id), id_)


def _items(made: type[Item], of: str, items: Sequence[BaseModel], id_: str) -> tuple[Item, ...]:
    """With the ids that were given, or that follow from the command's."""
    found = []
    for place, each in enumerate(items):
        given = getattr(each, "id", None)
        item_id = new_id(id_, of, place) if given is None else str(given)
        found.append(made(id=item_id, **each.model_dump(exclude={"id"})))
    return tuple(found)


async def _written(
    services: Services, caller: Caller, command: Command, tenant: str, pipeline: str, id_: str
) -> Response:
    journey = tenant_journey(tenant)
    outcome = await services.commander.run(caller, tenant=tenant, journey=journey, id_=id_, command=command)
    return answer(PipelineWritten, journey, id_, outcome, pipeline=pipeline)
