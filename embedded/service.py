"""What a supervisor runs, and in which order. Pure."""

from __future__ import annotations

import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from pathlib import Path


class InvalidServices(ValueError):
    """Two services of one name, an unknown name in `after`, or a circle."""


@dataclass(frozen=True, slots=True)
class Service:
    """One process to keep alive, or (`one_shot`) a step that must exit 0 before those `after` it start.

    `env` is added to the supervisor's environment. `ready` is asked repeatedly while the process runs; None: ready
    when started. `user` is taken on before `exec` (needs root). `stop_signal` also is what the process gets should
    the supervisor die.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    after: tuple[str, ...] = ()
    ready: Callable[[], Awaitable[bool]] | None = None
    one_shot: bool = False
    stop_signal: signal.Signals = signal.SIGTERM
    user: str | int | None = None
    ready_timeout_s: float = 60.0
    stop_timeout_s: float = 15.0


def layers(services: Sequence[Service]) -> list[list[Service]]:
    """Services in start order, those of one layer depending only on earlier ones. Raises `InvalidServices`."""
    named = {service.name: service for service in services}
    if len(named) < len(services):
        raise InvalidServices("two services have the same name")
    for service in services:
        for name in service.after:
            if name not in named:
                raise InvalidServices(f"{service.name} is after {name}, which is not there")
    sorter = TopologicalSorter({service.name: service.after for service in services})
    try:
        sorter.prepare()
    except CycleError as circle:
        raise InvalidServices(f"services wait for each other: {' -> '.join(circle.args[1])}") from None
    found: list[list[Service]] = []
    while sorter.is_active():
        names = sorter.get_ready()
        found.append([named[name] for name in names])
        sorter.done(*names)
    return found
