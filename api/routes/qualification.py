"""By which rules a company qualifies its leads: what is to be known of them, and how much of it is enough."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import Field

from api.auth import Caller, CallerDep, TenantDep, allowed
from api.bodies import Strict
from api.etags import TAGGED, TagsDep
from api.on_lead import OnLeadDep
from api.places import place_of
from api.reading import Fresh
from api.services import Services, ServicesDep
from api.submit import IdempotencyKey, Written, answer, command_id, written
from domain.holding.policies import MAX_NAME
from domain.kernel.actor import Permission
from domain.kernel.command import Command
from domain.kernel.errors import NotFound
from domain.kernel.ids import tenant_journey
from domain.lead.know import KEY
from domain.qualification.commands import PublishQualificationRules, WithdrawQualificationRules
from domain.qualification.policies import (
    INTENT,
    MAX_ASKS,
    MAX_CHOICE,
    MAX_CHOICES,
    MAX_DORMANT_DAYS,
    MAX_INTENTS,
    MAX_POINTS,
    MAX_QUESTIONS,
)
from domain.qualification.settings import AnswerKind, Choice, HandoffRule, Question, Rules
from projections.read import qualification as reads
from projections.read.qualification import PublishedRules

router = APIRouter(prefix="/v1/qualification", tags=["pipelines"], dependencies=[Fresh])

Points = Annotated[int, Field(ge=-MAX_POINTS, le=MAX_POINTS)]


class ChoiceBody(Strict):
    value: str = Field(min_length=1, max_length=MAX_CHOICE)
    points: Points = 0


class QuestionBody(Strict):
    """asks: what to look for in a lead's words. points: of an answer, of a boolean for yes; of a choice its choices say
    it. choices: of a choice, and of nothing else."""

    key: str = Field(pattern=f"^{KEY.pattern}$")
    label: str = Field(min_length=1, max_length=MAX_NAME)
    kind: AnswerKind
    asks: str = Field(min_length=1, max_length=MAX_ASKS)
    required: bool = False
    points: Points = 0
    choices: tuple[ChoiceBody, ...] = Field(default=(), max_length=MAX_CHOICES)


class HandoffBody(Strict):
    """Who is qualified gets a deal here. pipeline: the company's first where none is given, and stage its first."""

    pipeline: UUID | None = None
    stage: UUID | None = None
    assists: bool = Field(default=False, description="the Centurion goes on answering")


class RulesBody(Strict):
    """intents: what leads may want, one of which qualifies; empty: any."""

    questions: tuple[QuestionBody, ...] = Field(min_length=1, max_length=MAX_QUESTIONS)
    threshold: int = Field(ge=0, le=MAX_QUESTIONS * MAX_POINTS, description="points that must be reached")
    intents: tuple[Annotated[str, Field(pattern=f"^{INTENT.pattern}$")], ...] = Field(
        default=(), max_length=MAX_INTENTS
    )
    handoff: HandoffBody | None = Field(default=None, description="none: people hand over")
    dormant_after_days: int | None = Field(default=None, ge=1, le=MAX_DORMANT_DAYS)

    def rules(self, handoff: HandoffRule | None) -> Rules:
        return Rules(
            questions=tuple(
                Question(
                    **each.model_dump(exclude={"choices"}),
                    choices=tuple(Choice(**choice.model_dump()) for choice in each.choices),
                )
                for each in self.questions
            ),
            threshold=self.threshold,
            intents=self.intents,
            handoff=handoff,
            dormant_after_days=self.dormant_after_days,
        )


@router.get("", **TAGGED, **allowed(Permission.PIPELINE_READ))
async def get_qualification(
    services: ServicesDep,
    caller: CallerDep,
    tenant: TenantDep,
    tags: TagsDep,
    number: Annotated[int | None, Query(ge=1, lt=2**31, description="of rules that are or were")] = None,
) -> PublishedRules:
    """404 `rules_not_found`: none are in force, or never were of this number."""
    version = await tags.version(f"qualification-{tenant}")
    async with services.reads.company(tenant, caller.sight) as conn:
        found = await reads.rules(conn, tenant, number=number)
    if found is None:
        raise NotFound("rules_not_found")
    tags.show(version)
    return found


@router.put("", **written(Written), **allowed(Permission.PIPELINE_MANAGE))
async def put_qualification(
    body: RulesBody,
    services: ServicesDep,
    caller: CallerDep,
    tenant: TenantDep,
    on: OnLeadDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """All of them, in force from now on: what is known of a lead already keeps the points that it got. 409
    `question_invalid` and others that name the field in `detail`, `threshold_out_of_reach` for what all answers
    together do not give, `rules_unchanged`, `pipeline_retired`; 404 `unknown_pipeline`, `unknown_stage`."""
    handoff = None
    if body.handoff is not None:
        pipeline, stage = (None if id_ is None else str(id_) for id_ in (body.handoff.pipeline, body.handoff.stage))
        place = await place_of(on, pipeline, stage)
        handoff = HandoffRule(pipeline=place.pipeline, stage=place.stage, assists=body.handoff.assists)
    command = PublishQualificationRules(company=tenant, **body.rules(handoff).own_fields())
    return await _written(services, caller, tenant, command, command_id(caller, f"rules:{tenant}", idempotency_key))


@router.delete("", **written(Written), **allowed(Permission.PIPELINE_MANAGE))
async def delete_qualification(
    services: ServicesDep, caller: CallerDep, tenant: TenantDep, idempotency_key: IdempotencyKey = None
) -> Response:
    """None are in force from now on: people qualify. 404 `unknown_rules` where none are."""
    id_ = command_id(caller, f"rules:{tenant}:withdraw", idempotency_key)
    return await _written(services, caller, tenant, WithdrawQualificationRules(company=tenant), id_)


async def _written(services: Services, caller: Caller, tenant: str, command: Command, id_: str) -> Response:
    journey = tenant_journey(tenant)
    outcome = await services.commander.run(caller, tenant=tenant, journey=journey, id_=id_, command=command)
    return answer(Written, journey, id_, outcome)
