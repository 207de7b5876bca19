"""The unit of work: what one command may see and change of one journey, and in which order it changed it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from domain.kernel.actor import Actor
from domain.kernel.command import Expected
from domain.kernel.event import Event
from domain.kernel.ids import event_id, stream_name
from domain.kernel.stream import Stream

S = TypeVar("S", bound=Stream)
E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a decider knows beside the command: who, for whom, and when (`at`, UTC, the log's clock). expected: what the
    caller has seen."""

    command_id: str
    tenant: str
    journey: str
    actor: Actor
    at: datetime
    expected: Expected | None = None


class Journey:
    """The streams that one command was routed to, and the events it has caused so far."""

    def __init__(self, context: Context, streams: Mapping[str, Stream]) -> None:
        self.context = context
        self.events: list[Event] = []
        self._streams = streams

    @property
    def at(self) -> datetime:
        return self.context.at

    @property
    def last_event(self) -> str:
        """The id of the event recorded last: what the next one may stand on."""
        return event_id(self.context.command_id, len(self.events) - 1)

    def get(self, cls: type[S], id_: str) -> S:
        """The stream of that class and id. The command's route must have named it: else KeyError, a bug of ours."""
        stream = self._streams[stream_name(cls.CATEGORY, id_)]
        if not isinstance(stream, cls):
            raise TypeError(f"{stream.id} is not a {cls.__name__}")
        return stream

    def record(self, stream: Stream, event_class: type[E], **own_fields: Any) -> None:
        """Triggers an event at the command's time: the state changes at once, the commit is written later.

        The library's `trigger_event` does the same with two copies of the fields more, and keeps a second list.
        """
        event = event_class(
            originator_id=stream.id,
            originator_version=stream.version + 1,
            timestamp=self.context.at,
            **own_fields,
        )
        event.mutate(stream)
        self.events.append(event)
