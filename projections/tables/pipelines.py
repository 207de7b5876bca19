"""How a company sells: its pipelines and their stages."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from domain.pipeline import events as p
from domain.pipeline.settings import Reason, Stage
from projections.engine.columns import Bool, Int, Json, Text
from projections.engine.ops import Op, Ops, change, put
from projections.engine.seen import Seen
from projections.engine.table import Table


class Pipelines(Table):
    """position: ascending among those that go on, with gaps where one was retired. *_reasons: `Reason` as JSON, in
    order. on_signature: `OnSignature` as JSON."""

    id: Text
    name: Text
    position: Int
    won_reasons: Json
    lost_reasons: Json
    on_signature: Json
    retired: Bool = False

    def PipelineCreated(self, e: Seen[p.PipelineCreated]) -> Ops:
        return put(e.event.pipeline, name=e.event.name, position=e.event.position, **_told(e.event))

    def PipelineChanged(self, e: Seen[p.PipelineChanged]) -> Ops:
        return change(e.event.pipeline, name=e.event.name, **_told(e.event))

    def PipelineRetired(self, e: Seen[p.PipelineRetired]) -> Ops:
        return change(e.event.pipeline, retired=True)

    def PipelinesOrdered(self, e: Seen[p.PipelinesOrdered]) -> Ops:
        return tuple(change(id_, position=position) for position, id_ in enumerate(e.event.pipelines))


class Stages(Table):
    """position: in its pipeline, from 0. colour: `#rrggbb`. probability: of being won, per cent. requires: what a deal
    needs to enter it, as a list of words. retired: taken away from its pipeline, which may bring it back."""

    INDEXES = ("(company_id, pipeline_id)",)

    id: Text
    pipeline_id: Text
    name: Text
    position: Int
    colour: Text
    probability: Int
    requires: Json
    retired: Bool = False

    def PipelineCreated(self, e: Seen[p.PipelineCreated]) -> Ops:
        return _stages(e.event.pipeline, e.event.stages)

    def PipelineChanged(self, e: Seen[p.PipelineChanged]) -> Ops:
        gone = (change(id_, retired=True) for id_ in e.event.retired_stages)
        return (*_stages(e.event.pipeline, e.event.stages), *gone)


def _stages(pipeline: str, stages: tuple[Stage, ...]) -> tuple[Op, ...]:
    return tuple(
        put(
            stage.id,
            pipeline_id=pipeline,
            name=stage.name,
            position=position,
            colour=stage.colour,
            probability=stage.probability,
            requires=stage.requires,
        )
        for position, stage in enumerate(stages)
    )


def _told(event: p.PipelineCreated | p.PipelineChanged) -> dict[str, Any]:
    def listed(reasons: tuple[Reason, ...]) -> list[dict[str, Any]]:
        return [asdict(reason) for reason in reasons]

    return {
        "won_reasons": listed(event.won_reasons),
        "lost_reasons": listed(event.lost_reasons),
        "on_signature": None if event.on_signature is None else asdict(event.on_signature),
    }
