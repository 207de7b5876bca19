"""Aggregates: `eventsourcing` behind our own type (version 10 of the library rewrites its domain model)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, ClassVar, Final, Self, TypeVar

from eventsourcing.domain import BaseAggregate
from eventsourcing.utils import register_topic

from domain.kernel.event import Event
from domain.kernel.ids import category_of, id_of

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""`created_on` of a stream that has no event yet."""

STREAMS: Final[dict[str, type[Stream]]] = {}
"""The closed registry: category → aggregate class."""

Handler = Callable[[Any, Any], None]
H = TypeVar("H", bound=Handler)


def evolves(*event_classes: type[Event]) -> Callable[[H], H]:
    """Marks the method that evolves the state by these events. It decides nothing and never fails."""

    def mark(method: H) -> H:
        method.evolves = event_classes  # type: ignore[attr-defined]  # read once by Stream.__init_subclass__
        return method

    return mark


class Stream(BaseAggregate[str]):
    """One stream's state: decided on by the methods of its subclass, evolved by `@evolves` methods.

    Every stream starts as `blank` at version 0: existing is a fact of its state, not of the registry.
    """

    CATEGORY: ClassVar[str] = ""
    HANDLERS: ClassVar[dict[type[Event], Handler]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        if cls.CATEGORY in STREAMS:
            raise TypeError(f"stream category {cls.CATEGORY} is registered twice")
        super().__init_subclass__(**kwargs)
        cls.HANDLERS = {
            event_class: member for member in vars(cls).values() for event_class in getattr(member, "evolves", ())
        }
        register_topic(f"stream:{cls.CATEGORY}", cls)
        STREAMS[cls.CATEGORY] = cls

    @classmethod
    def blank(cls, name: str, at: datetime = EPOCH) -> Self:
        """The stream `name` before its first event."""
        stream = cls.__new__(cls)
        stream.__base_init__(name, 0, at)
        stream.begin()
        return stream

    @staticmethod
    def of(name: str) -> Stream:
        """The blank stream of the category that the name says."""
        return STREAMS[category_of(name)].blank(name)

    @property
    def key(self) -> str:
        """The stream's own id: its name without the category."""
        return id_of(self.id)

    @property
    def exists(self) -> bool:
        return self.version > 0

    @property
    def owner(self) -> str | None:
        """The tenant whose stream it is, where its own events say it; None where they do not, or not yet."""
        return None

    @property
    def ended(self) -> str | None:
        """The code that everything is refused with from now on; None while the stream's journey goes on."""
        return None

    def begin(self) -> None:
        """Sets every attribute of the state to its first value."""
        raise NotImplementedError

    def evolve(self, event: Event) -> None:
        """Changes the state by one event of this category."""
        self.HANDLERS[type(event)](self, event)

    def replay(self, events: Iterable[Event]) -> Self:
        for event in events:
            event.mutate(self)
        return self
