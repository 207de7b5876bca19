"""A lead's trail for people and scripts. Nothing sealed is in it: what a step says in summary is not personal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from api.event_json import event_json, plain
from domain.kernel.event import Event
from eventlog.shapes import Optional, Record, SealedBytes, Sequence, Shape, fields_of
from projections.trail.graph import Edge, EdgeKind, Node, Outside, Where
from projections.trail.reader import Trail
from projections.trail.steps import Step

MAX_ITEMS: Final = 20
"""Of a list in a summary; of a longer one its length is told."""

_APART: Final = frozenset({"evidence"})
"""Told beside the summary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitJson:
    """Where the event's commit stands on its partition's chain. offset: of its first record; prev, hash: hex."""

    offset: int
    records: int
    prev: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeJson:
    """One event. data: what it says that is not personal. evidence: ids of events that it stands on."""

    event_id: str
    type: str
    step: Step
    at: str
    stream: str
    version: int
    position: dict[str, int]
    actor: dict[str, str | None]
    causation: str | None
    evidence: tuple[str, ...]
    data: dict[str, Any]
    commit: CommitJson


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideJson:
    """What a node comes from or stands on and that is not told here. where: `journey` (of this lead: on another page,
    or a detail), `elsewhere` (another journey), `ingress` (a record of [ingress]), `message` (the id is a message's),
    `unknown`. known: as far as there is such an event."""

    id: str
    where: Where
    known: dict[str, Any] | None


class EdgeJson(BaseModel):
    """From what comes first to what follows from it, or stands on it. via: ids of the details between the two."""

    model_config = ConfigDict(frozen=True, validate_by_name=True, validate_by_alias=True)

    cause: str = Field(alias="from")
    effect: str = Field(alias="to")
    kind: EdgeKind
    via: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailJson:
    """nodes: in the order of the log. next: `after` of the next page, null at the end; truncated: there is one.
    proof: the command that holds every node against the log and the signer's checkpoints."""

    lead: str
    company: str
    nodes: tuple[NodeJson, ...]
    outside: tuple[OutsideJson, ...]
    edges: tuple[EdgeJson, ...]
    truncated: bool
    next: str | None
    proof: str


def trail_json(trail: Trail) -> TrailJson:
    graph = trail.graph
    return TrailJson(
        lead=trail.lead,
        company=trail.company,
        nodes=tuple(map(_node, graph.nodes)),
        outside=tuple(map(_outside, graph.outside)),
        edges=tuple(map(_edge, graph.edges)),
        truncated=trail.next is not None,
        next=trail.next,
        proof=f"legion audit trail {trail.lead}",
    )


def as_plain(trail: TrailJson) -> dict[str, Any]:
    """As the API answers it."""
    told: dict[str, Any] = plain({name: getattr(trail, name) for name in TrailJson.__slots__ if name != "edges"})
    return told | {"edges": [edge.model_dump(mode="json", by_alias=True) for edge in trail.edges]}


def summary(event: Event) -> dict[str, Any]:
    """What an event says without the words of the person, and without what is told beside it."""
    return {name: value for name, value in _record(type(event), event).items() if name not in _APART}


def _record(cls: type, value: Any) -> dict[str, Any]:
    shown = {}
    for field in fields_of(cls):
        if not _sealed(field.shape):
            shown[field.name] = _shown(field.shape, getattr(value, field.name))
    return shown


def _shown(shape: Shape, value: Any) -> Any:
    match shape:
        case Optional(of):
            return None if value is None else _shown(of, value)
        case Sequence(of):
            return len(value) if len(value) > MAX_ITEMS else [_shown(of, one) for one in value]
        case Record(cls):
            return _record(cls, value)
    return plain(value)


def _sealed(shape: Shape) -> bool:
    match shape:
        case SealedBytes():
            return True
        case Optional(of) | Sequence(of):
            return _sealed(of)
    return False


def _node(node: Node) -> NodeJson:
    told = event_json(node.placed.position, node.placed.recorded)
    commit = node.chained
    return NodeJson(
        **_told(told),
        step=node.step,
        actor=told["actor"],
        causation=told["causation"],
        evidence=node.cites,
        data=summary(node.placed.recorded.event),
        commit=CommitJson(
            offset=commit.position.offset, records=commit.records, prev=commit.prev.hex(), hash=commit.hash.hex()
        ),
    )


def _told(told: Mapping[str, Any]) -> dict[str, Any]:
    return {"event_id": told["id"]} | {name: told[name] for name in ("type", "at", "stream", "version", "position")}


def _outside(outside: Outside) -> OutsideJson:
    known = None
    if outside.placed is not None:
        told = event_json(outside.placed.position, outside.placed.recorded)
        known = _told(told) | {"journey": told["journey"]}
    return OutsideJson(id=outside.id, where=outside.where, known=known)


def _edge(edge: Edge) -> EdgeJson:
    return EdgeJson(cause=edge.cause, effect=edge.effect, kind=edge.kind, via=edge.via)
