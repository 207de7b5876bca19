"""Which pipelines a company has, of what stages, and in which order.

Deals keep the ids of their pipeline and stage, so an id never gets another meaning: stages and reasons of a command are
some that the pipeline has or had, or new ones with the ids that follow from the command's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Final

from domain.kernel.errors import Refused
from domain.kernel.journey import Journey
from domain.pipeline import commands as pc
from domain.pipeline import events as e
from domain.pipeline.aggregate import Pipeline, Pipelines
from domain.pipeline.policies import MAX_PIPELINES, check
from domain.pipeline.settings import LISTS, Layout, new_id

NOTHING: Final[Mapping[str, Set[str]]] = {each: frozenset() for each in LISTS}
"""What a pipeline has that is not there yet."""


def create_pipeline(journey: Journey, command: pc.CreatePipeline) -> None:
    """Refused: pipeline_exists, invalid_name, no_stages, too_many_stages, too_many_reasons, stage_twice, reason_twice,
    invalid_colour, invalid_probability, invalid_requirement, unknown_stage, unknown_reason, reason_missing,
    rule_empty, name_taken, too_many_pipelines."""
    pipelines = journey.get(Pipelines, command.company)
    if command.pipeline in pipelines.pipelines or command.pipeline in pipelines.retired:
        raise Refused("pipeline_exists")
    layout = _wanted(journey, pipelines, command, NOTHING)
    if len(pipelines.pipelines) >= MAX_PIPELINES:
        raise Refused("too_many_pipelines")
    position = max((each.position for each in pipelines.pipelines.values()), default=-1) + 1
    journey.record(pipelines, e.PipelineCreated, pipeline=command.pipeline, position=position, **layout.own_fields())


def change_pipeline(journey: Journey, command: pc.ChangePipeline) -> None:
    """Refused: unknown_pipeline, invalid_name, no_stages, too_many_stages, too_many_reasons, stage_twice, reason_twice,
    invalid_colour, invalid_probability, invalid_requirement, unknown_stage, unknown_reason, reason_missing,
    rule_empty, name_taken, pipeline_unchanged."""
    pipelines, pipeline = _known_pipeline(journey, command.pipeline, command.company)
    layout = _wanted(journey, pipelines, command, pipeline.ids)
    if layout == pipeline.layout:
        raise Refused("pipeline_unchanged")
    left = set(layout.ids()["stages"])
    journey.record(
        pipelines,
        e.PipelineChanged,
        pipeline=command.pipeline,
        retired_stages=tuple(id_ for id_ in pipeline.layout.ids()["stages"] if id_ not in left),
        **layout.own_fields(),
    )


def retire_pipeline(journey: Journey, command: pc.RetirePipeline) -> None:
    """Refused: unknown_pipeline."""
    pipelines, _ = _known_pipeline(journey, command.pipeline, command.company)
    journey.record(pipelines, e.PipelineRetired, pipeline=command.pipeline)


def order_pipelines(journey: Journey, command: pc.OrderPipelines) -> None:
    """Refused: unknown_pipeline, order_incomplete, order_unchanged."""
    pipelines = journey.get(Pipelines, command.company)
    if not pipelines.pipelines.keys() >= set(command.pipelines):
        raise Refused("unknown_pipeline")
    if sorted(command.pipelines) != sorted(pipelines.pipelines):
        raise Refused("order_incomplete", "each pipeline that goes on stands there once")
    if command.pipelines == pipelines.order:
        raise Refused("order_unchanged")
    journey.record(pipelines, e.PipelinesOrdered, pipelines=command.pipelines)


def _known_pipeline(journey: Journey, pipeline: str, company: str) -> tuple[Pipelines, Pipeline]:
    """Refused: unknown_pipeline, also for another company's and a retired one."""
    pipelines = journey.get(Pipelines, company)
    if pipeline not in pipelines.pipelines:
        raise Refused("unknown_pipeline")
    return pipelines, pipelines.pipelines[pipeline]


def _wanted(
    journey: Journey,
    pipelines: Pipelines,
    command: pc.CreatePipeline | pc.ChangePipeline,
    known: Mapping[str, Set[str]],
) -> Layout:
    """As the command wants it, without spaces around names. known: ids that the pipeline has or had."""
    wanted = Layout.of(command).trimmed()
    check(wanted)
    _check_ids(journey.context.command_id, wanted, known)
    for id_, other in pipelines.pipelines.items():
        if id_ != command.pipeline and other.layout.name.casefold() == wanted.name.casefold():
            raise Refused("name_taken", "name")
    return wanted


def _check_ids(command_id: str, asked: Layout, known: Mapping[str, Set[str]]) -> None:
    """Refused: unknown_stage, unknown_reason."""
    for of, ids in asked.ids().items():
        for place, id_ in enumerate(ids):
            if id_ not in known[of] and id_ != new_id(command_id, of, place):
                raise Refused("unknown_stage" if of == "stages" else "unknown_reason", f"{of}.{place}.id")
