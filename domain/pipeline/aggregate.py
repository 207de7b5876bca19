"""A company's pipelines: names are unique among them, and their order is one thing."""

from __future__ import annotations

from dataclasses import dataclass, field

from domain.effect import events as x
from domain.kernel.stream import Stream, evolves
from domain.pipeline import events as e
from domain.pipeline.settings import LISTS, Layout


@dataclass(slots=True)
class Pipeline:
    """position: among those that go on, not without gaps. ids: list → ids of all that it has or ever had."""

    layout: Layout
    position: int
    ids: dict[str, set[str]] = field(default_factory=lambda: {each: set() for each in LISTS})

    def __post_init__(self) -> None:
        self.become(self.layout)

    def become(self, layout: Layout) -> None:
        self.layout = layout
        for of, ids in layout.ids().items():
            self.ids[of].update(ids)


class Pipelines(Stream):
    """Of one company. pipelines: id → those that go on. retired: ids of those that do not."""

    CATEGORY = "pipelines"

    def begin(self) -> None:
        self.pipelines: dict[str, Pipeline] = {}
        self.retired: set[str] = set()

    @property
    def order(self) -> tuple[str, ...]:
        """Ids of those that go on, as they are shown."""
        return tuple(sorted(self.pipelines, key=lambda id_: self.pipelines[id_].position))

    @evolves(e.PipelineCreated)
    def _created(self, event: e.PipelineCreated) -> None:
        self.pipelines[event.pipeline] = Pipeline(Layout.of(event), event.position)

    @evolves(e.PipelineChanged)
    def _changed(self, event: e.PipelineChanged) -> None:
        self.pipelines[event.pipeline].become(Layout.of(event))

    @evolves(e.PipelineRetired)
    def _retired(self, event: e.PipelineRetired) -> None:
        del self.pipelines[event.pipeline]
        self.retired.add(event.pipeline)

    @evolves(e.PipelinesOrdered)
    def _ordered(self, event: e.PipelinesOrdered) -> None:
        for position, id_ in enumerate(event.pipelines):
            self.pipelines[id_].position = position

    @evolves(x.EffectExpired, x.EffectAbandoned)
    def _effect_dropped(self, _event: x.EffectExpired | x.EffectAbandoned) -> None:
        """Pipelines open no effect."""
