"""Commands: frozen dataclasses in a closed registry, and the envelope they travel in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final, TypeVar, dataclass_transform

from domain.kernel.actor import Actor, Permission


@dataclass(frozen=True, kw_only=True)
class Command:
    """Base of all commands. Everything a decision needs and cannot look up pure stands in it."""

    TOPIC: ClassVar[str]
    PERMISSION: ClassVar[Permission]


@dataclass(frozen=True, kw_only=True, slots=True)
class Expected:
    """What the caller has seen: the stream, and its version then. The command counts only if it is still so."""

    stream: str
    version: int


@dataclass(frozen=True, kw_only=True, slots=True)
class CommandMeta:
    """The envelope of a command.

    command_id: UUID; known for ever within its journey: the same id gets the same answer.
    tenant: the company's UUID or `HOLDING_TENANT`. journey: the Kafka key. causation: event or ingress id that led
    here. correlation: id shared by all that follows from one beginning. traceparent: W3C trace context. expected: None
    where the caller does not care what came between.
    """

    command_id: str
    tenant: str
    journey: str
    actor: Actor
    causation: str | None = None
    correlation: str | None = None
    traceparent: str | None = None
    expected: Expected | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class EventMeta:
    """The envelope of an event. `at`: max(LogAppendTime of the command, the journey's last `at`), UTC."""

    event_id: str
    tenant: str
    journey: str
    stream: str
    version: int
    command_id: str
    actor: Actor
    at: datetime
    causation: str | None = None
    correlation: str | None = None
    traceparent: str | None = None


COMMANDS: Final[dict[str, type[Command]]] = {}
"""The closed registry: topic → class."""

C = TypeVar("C", bound=Command)


@dataclass_transform(frozen_default=True, kw_only_default=True)
def command(topic: str, *, needs: Permission) -> Callable[[type[C]], type[C]]:
    """Class decorator: makes the frozen dataclass, states the permission it needs, registers it."""

    def wrap(cls: type[C]) -> type[C]:
        made = dataclass(frozen=True, kw_only=True)(cls)
        made.TOPIC = topic
        made.PERMISSION = needs
        if topic in COMMANDS:
            raise TypeError(f"command {topic} is registered twice")
        COMMANDS[topic] = made
        return made

    return wrap
