"""Events: frozen dataclasses in a closed registry, each belonging to one category of stream."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar, Final, TypeVar, dataclass_transform

from eventsourcing.domain import CanMutateAggregate
from eventsourcing.utils import register_topic

ENVELOPE: Final = frozenset({"originator_id", "originator_version", "timestamp"})
"""Fields that travel in `meta` (stream, version, at) and not in the event's own Avro record."""


@dataclass(frozen=True, kw_only=True)
class Event(CanMutateAggregate[str]):
    """Base of all events.

    originator_id: the stream's name. originator_version: 1 for the stream's first event, then +1.
    timestamp: `at`, the log's time of the command, never earlier than the journey's last (design §2).
    """

    TOPIC: ClassVar[str]
    CATEGORY: ClassVar[str]

    originator_id: str
    originator_version: int
    timestamp: datetime

    def mutate(self, aggregate: Any) -> Any:
        """Applies itself. Without an aggregate (replay from nothing) starts with the blank one of its category."""
        if aggregate is None:
            from domain.kernel.stream import Stream  # noqa: PLC0415  stream.py needs Event: the cycle is real

            aggregate = Stream.of(self.originator_id)
        return super().mutate(aggregate)

    def apply(self, aggregate: Any) -> None:
        aggregate.evolve(self)

    def own_fields(self) -> dict[str, Any]:
        """The fields of the event itself, without its envelope."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ENVELOPE}


EVENTS: Final[dict[str, type[Event]]] = {}
"""The closed registry: topic → class. Decoding knows nothing else."""

E = TypeVar("E", bound=Event)


@dataclass_transform(frozen_default=True, kw_only_default=True)
def event(topic: str, *, stream: str) -> Callable[[type[E]], type[E]]:
    """Class decorator: makes the frozen dataclass and registers it. `topic` stands in the log: never renamed.

    stream: the category of the streams it belongs to; `*`: any.
    """

    def wrap(cls: type[E]) -> type[E]:
        made = dataclass(frozen=True, kw_only=True)(cls)
        made.TOPIC = topic
        made.CATEGORY = stream
        if topic in EVENTS:
            raise TypeError(f"event {topic} is registered twice")
        register_topic(topic, made)
        EVENTS[topic] = made
        return made

    return wrap
