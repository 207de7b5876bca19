"""Events of a company's pipelines, in its own journey."""

from __future__ import annotations

from domain.kernel.event import Event, event
from domain.pipeline.settings import OnSignature, Reason, Stage


@event("PipelineCreated", stream="pipelines")
class PipelineCreated(Event):
    """The company has a pipeline more. position: behind all others; retired ones leave gaps."""

    pipeline: str
    position: int
    name: str
    stages: tuple[Stage, ...]
    won_reasons: tuple[Reason, ...]
    lost_reasons: tuple[Reason, ...]
    on_signature: OnSignature | None = None


@event("PipelineChanged", stream="pipelines")
class PipelineChanged(Event):
    """All of it as it is from now on. retired_stages: ids of those that this change took away; they keep the deals that
    are in them until they move, and may come back by a later change, never as another stage."""

    pipeline: str
    name: str
    stages: tuple[Stage, ...]
    won_reasons: tuple[Reason, ...]
    lost_reasons: tuple[Reason, ...]
    retired_stages: tuple[str, ...]
    on_signature: OnSignature | None = None


@event("PipelineRetired", stream="pipelines")
class PipelineRetired(Event):
    """For good; its name is free again, and its place in the order is nobody's."""

    pipeline: str


@event("PipelinesOrdered", stream="pipelines")
class PipelinesOrdered(Event):
    """pipelines: all that go on, as they are shown from now on."""

    pipelines: tuple[str, ...]
