"""Events of a lead → what led to what. Pure.

An event's cause is the event that its command was sent for (`EventMeta.causation`): the one that opened an effect, or
the record of [ingress] that a message came in. What people do has no cause but them. Edges:

    caused       cause → the first event told of the commit that it led to; `via`: details between the two
    same_commit  the first event told of a commit → each other one: they happened together or not at all
    evidence     what an event says that it stands on → that event
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from domain.kernel.actor import NORMALISER
from eventlog.model import Position
from projections.read.events import Placed
from projections.trail.chain import Chained
from projections.trail.steps import STEPS, TELLS, Step, cited, messages

DEPTH: Final = 16
"""Details between two steps that are looked through: a reply's chunk has two."""


class EdgeKind(StrEnum):
    CAUSED = "caused"
    EVIDENCE = "evidence"
    SAME_COMMIT = "same_commit"


class Where(StrEnum):
    """journey: in this lead's journey, not told here (an earlier page, or a detail). elsewhere: in another journey.
    ingress: a record of [ingress], which is kept for two weeks. message: a message of which no event is told here.
    unknown: nothing that this reader sees has the id."""

    JOURNEY = "journey"
    ELSEWHERE = "elsewhere"
    INGRESS = "ingress"
    MESSAGE = "message"
    UNKNOWN = "unknown"


class Edge(NamedTuple):
    """via: ids of the details between the two, the cause's end first."""

    cause: str
    effect: str
    kind: EdgeKind
    via: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Node:
    """cites: ids of the events that it stands on."""

    placed: Placed
    step: Step
    cites: tuple[str, ...]
    chained: Chained

    @property
    def id(self) -> str:
        return self.placed.recorded.meta.event_id


@dataclass(frozen=True, slots=True)
class Outside:
    """What a node comes from or stands on and is no node. placed: the event, where there is one."""

    id: str
    where: Where
    placed: Placed | None = None


@dataclass(frozen=True, slots=True)
class Graph:
    """nodes: in the order of the log."""

    nodes: tuple[Node, ...]
    outside: tuple[Outside, ...]
    edges: tuple[Edge, ...]


Known = Mapping[str, Placed]
"""Id → an event that is not told, of whatever journey."""


def step_of(placed: Placed) -> Step:
    """Of another journey's event: DETAIL."""
    return STEPS.get(type(placed.recorded.event), Step.DETAIL)


def wanted(told: Sequence[Placed], known: Known, *, whole: bool) -> set[str]:
    """Ids that have to be looked up before the graph can be made; those that nobody knows stay among them."""
    here = {one.recorded.meta.event_id for one in told}
    ids = set[str]()
    for one in told:
        ids.update(cited(one.recorded.event))
        cause, _ = _cause(one, here, known, whole=whole)
        ids.update([cause] if cause else [])
    return ids - here - known.keys()


def graph(told: Sequence[Placed], chains: Mapping[Position, Chained], known: Known, *, whole: bool) -> Graph:
    """told: in the order of the log. known: what was found of `wanted`. whole: details are told too, and none is looked
    through."""
    nodes = tuple(Node(one, step_of(one), cited(one.recorded.event), chains[one.position]) for one in told)
    here = {node.id for node in nodes}
    edges = tuple(dict.fromkeys(_edges(nodes, here, known, whole=whole)))
    journey = told[0].recorded.meta.journey if told else ""
    came_in = {node.placed.recorded.meta.causation for node in nodes if _came_in(node.placed)}
    came_in |= {one.recorded.meta.causation for one in known.values() if _came_in(one)}
    said = {id_ for node in nodes for id_ in messages(node.placed.recorded.event)}
    outside = []
    for id_ in dict.fromkeys(edge.cause for edge in edges if edge.cause not in here):
        placed = known.get(id_)
        if placed is not None:
            where = Where.JOURNEY if placed.recorded.meta.journey == journey else Where.ELSEWHERE
        elif id_ in came_in:
            where = Where.INGRESS
        else:
            where = Where.MESSAGE if id_ in said else Where.UNKNOWN
        outside.append(Outside(id_, where, placed))
    return Graph(nodes, tuple(outside), edges)


def _edges(nodes: Sequence[Node], here: set[str], known: Known, *, whole: bool) -> Iterator[Edge]:
    first: dict[str, str] = {}
    told: dict[str, str] = {}
    for node in nodes:
        meta, event = node.placed.recorded.meta, node.placed.recorded.event
        if (tells := TELLS.get(type(event))) is not None:
            told.setdefault(tells(event), node.id)
        if meta.command_id in first:
            yield Edge(first[meta.command_id], node.id, EdgeKind.SAME_COMMIT)
        else:
            first[meta.command_id] = node.id
            cause, via = _cause(node.placed, here, known, whole=whole)
            if cause:
                yield Edge(cause, node.id, EdgeKind.CAUSED, via)
        for id_ in node.cites:
            yield Edge(id_, node.id, EdgeKind.EVIDENCE)
        for message in messages(event):
            yield Edge(told.get(message, message), node.id, EdgeKind.EVIDENCE)


def _cause(one: Placed, here: set[str], known: Known, *, whole: bool) -> tuple[str | None, tuple[str, ...]]:
    """The nearest cause that is told, or that nothing more is known of; and the details on the way, its end first."""
    cause, via = one.recorded.meta.causation, list[str]()
    while cause and not whole and cause not in here and len(via) < DEPTH:
        between = known.get(cause)
        if between is None or between.recorded.meta.journey != one.recorded.meta.journey:
            break
        if step_of(between) is not Step.DETAIL or not between.recorded.meta.causation:
            break
        via.append(cause)
        cause = between.recorded.meta.causation
    return cause, tuple(reversed(via))


def _came_in(one: Placed) -> bool:
    actor = one.recorded.meta.actor
    return (actor.kind, actor.id) == (NORMALISER.kind, NORMALISER.id)
