"""How a command becomes events: permission, tenant, the route's streams, the decider. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from domain.kernel.command import Command, Expected
from domain.kernel.company import check_tenant
from domain.kernel.errors import Refused, VersionMismatch
from domain.kernel.event import Event
from domain.kernel.journey import Context, Journey
from domain.kernel.stream import Stream


@dataclass(frozen=True, slots=True)
class Route:
    """Where a command goes. journey: the one it belongs to, by its own fields; None where they do not say it: then the
    envelope's word counts and the decider checks it. streams: all that the decider may touch.

    decide: raises Refused, or records events on the journey; no event at all means "already so", which the writer
    records as a refusal with code `nothing_to_do`. after_end: decided in a journey that has ended, too.
    """

    journey: Callable[[Any], str | None]
    streams: Callable[[Any], tuple[str, ...]]
    decide: Callable[[Journey, Any], None]
    after_end: bool = False


def decide(route: Route, context: Context, command: Command, streams: Mapping[str, Stream]) -> list[Event]:
    """The events that the command causes, in order. Raises Refused (its code says why).

    After an exception the streams may have been changed half-way: the caller throws them away.
    """
    context.actor.check(command.PERMISSION)
    check_tenant(context, streams.values())
    if not route.after_end:
        check_goes_on(streams.values())
    mismatch = version_mismatch(context.expected, streams)
    journey = Journey(context, streams)
    route.decide(journey, command)
    # After the decider, as RFC 9110 §13.2.1 has it: who may not know the stream must not learn its version by asking.
    if mismatch is not None:
        raise mismatch
    return journey.events


def version_mismatch(expected: Expected | None, streams: Mapping[str, Stream]) -> VersionMismatch | None:
    """Of the streams before anything is decided; None where nothing is expected or all is as expected."""
    if expected is None:
        return None
    stream = streams.get(expected.stream)
    if stream is None:
        return VersionMismatch(detail=f"the command does not touch {expected.stream}")
    if stream.version == expected.version:
        return None
    return VersionMismatch(detail=f"expected version {expected.version}, it is {stream.version}")


def check_goes_on(streams: Iterable[Stream]) -> None:
    """Raises Refused with the code of a stream that has ended (`lead_erased`)."""
    for stream in streams:
        if stream.ended is not None:
            raise Refused(stream.ended)
