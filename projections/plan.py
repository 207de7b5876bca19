"""Commits → everything that one transaction writes. Pure: what the database and the vault say is given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from domain.effect.kinds import EffectKind
from domain.kernel.ids import HOLDING, HOLDING_TENANT
from domain.lead.events import LeadErased
from eventlog.bodies import COMMAND_REFUSED, EPOCH_CLOSED
from eventlog.codec import epoch_closed_meta, refusal_meta
from eventlog.model import Anchor, Commit, Recorded
from eventlog.personal import subjects_of
from projections.engine.batch import Batch, Projection, Statement
from projections.engine.ops import Kind, Max, Op, put
from projections.engine.seen import Key, Seen
from projections.headers import pack
from projections.read.listener import Progress
from projections.tables import PROJECTION
from projections.tables.effects import (
    EffectFold,
    Effects,
    Group,
    conversations_sending,
    groups_ended,
    journeys_ended,
)
from projections.tables.log import Journal, Journeys, Quarantine
from vault.keys import Tombstone

log = structlog.get_logger()

VERSION_GAP: Final = "version_gap"
CANNOT_APPLY: Final = "cannot_apply"

Place = tuple[int, int, int]
"""(epoch, partition, first offset) of a commit."""


@dataclass(frozen=True, slots=True)
class Questions:
    """What must be known before commits are planned."""

    journeys: frozenset[str]
    streams: frozenset[str]
    groups: frozenset[Group]
    conversations: frozenset[tuple[str, str]]
    subjects: frozenset[tuple[str, str]]
    ended: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The answers. versions: stream → its last applied version (absent: 0). keys: (company, subject) → its key.
    open_in: journey that ends → ids of its open effects."""

    versions: Mapping[str, int] = field(default_factory=dict)
    quarantined: frozenset[str] = frozenset()
    groups: Mapping[Group, Mapping[str, str]] = field(default_factory=dict)
    instances: Mapping[tuple[str, str], str] = field(default_factory=dict)
    keys: Mapping[tuple[str, str], Key] = field(default_factory=dict)
    open_in: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """batch: one op for each row. anchors: partition → its position after the batch. ended: effects that are done now.
    companies: that have new ones. quarantined: (journey, reason) of this batch. records: how many were journalled."""

    batch: Batch
    anchors: Mapping[int, Anchor]
    progress: Sequence[Progress]
    ended: Sequence[str]
    companies: frozenset[str]
    quarantined: Sequence[tuple[str, str]]
    records: int
    erasures: Sequence[Statement] = ()

    @property
    def statements(self) -> Iterator[Statement]:
        """What the database is told, in this order: what empties an erased lead's rows comes last."""
        yield from self.batch.statements()
        yield from self.erasures


def questions(commits: Iterable[Commit]) -> Questions:
    commits = tuple(commits)
    events = [event for commit in commits for event in commit.events]
    return Questions(
        journeys=frozenset(commit.journey for commit in commits),
        streams=frozenset(event.stream for event in events),
        groups=frozenset(groups_ended(events)),
        conversations=frozenset(conversations_sending(events)),
        subjects=frozenset((e.meta.tenant, one) for e in events for one in subjects_of(e.event, e.meta.journey)),
        ended=frozenset(journeys_ended(events)),
    )


def plan(
    commits: Sequence[Commit],
    known: Known,
    *,
    poison: frozenset[Place] = frozenset(),
    projection: Projection = PROJECTION,
) -> Plan:
    """commits: in the order of each partition. poison: those that the database would not take: into quarantine."""
    erased = {(e.meta.tenant, e.event.lead): e for c in commits for e in c.events if isinstance(e.event, LeadErased)}
    planner = _Planner(known, projection, erased.values())
    last: dict[int, Commit] = {}
    cancelled: dict[int, list[str]] = {}
    opened: dict[int, set[EffectKind]] = {}
    effects = planner.effects
    for commit in commits:
        before = len(effects.cancelled)
        effects.opened = opened.setdefault(commit.partition, set())
        planner.commit(commit, commit_place(commit) in poison)
        last[commit.partition] = commit
        if len(effects.cancelled) > before:
            cancelled.setdefault(commit.partition, []).extend(effects.cancelled[before:])
    return Plan(
        batch=planner.batch,
        erasures=erasing(sorted(erased), projection),
        anchors={partition: _anchor(commit) for partition, commit in last.items()},
        progress=[
            Progress(p, commit.next_offset, tuple(cancelled.get(p, ())), tuple(sorted(opened[p])))
            for p, commit in last.items()
        ],
        ended=effects.ended,
        companies=frozenset(effects.companies),
        quarantined=planner.quarantined_now,
        records=sum(len(commit.records) for commit in commits),
    )


def erasing(leads: Sequence[tuple[str, str]], projection: Projection) -> list[Statement]:
    """(company, lead) → what empties the rows that earlier batches wrote. After all others of the transaction."""
    arrays = [[company for company, _ in leads], [lead for _, lead in leads]]
    queries = [query for table in projection.tables if (query := table.eraser()) is not None]
    return [Statement(query, arrays) for query in queries] if leads else []


def commit_place(commit: Commit) -> Place:
    return (commit.epoch, commit.partition, commit.first_offset)


class _Planner:
    def __init__(self, known: Known, projection: Projection, erased: Iterable[Recorded]) -> None:
        self.batch = Batch()
        self.quarantined_now: list[tuple[str, str]] = []
        self.effects = EffectFold(
            {group: dict(known.groups.get(group, {})) for group in known.groups},
            dict(known.instances),
            {journey: set(ids) for journey, ids in known.open_in.items()},
        )
        self._projection = projection
        self._versions = dict(known.versions)
        self._quarantined = set(known.quarantined)
        # Their key is not destroyed yet, but nothing that this batch writes shall have to be emptied again.
        gone = {(e.meta.tenant, e.meta.journey): Tombstone(e.at, LeadErased.TOPIC) for e in erased}
        self._keys = {**known.keys, **gone} if gone else known.keys

    def commit(self, commit: Commit, poison: bool) -> None:
        if commit.journey not in self._quarantined:
            reason = CANNOT_APPLY if poison else commit.undecodable or self._gap(commit.events)
            ops: list[tuple[type[Any], Op]] = []
            if reason is None:
                ops, reason = self._ops(commit)
            if reason is not None:
                self._quarantine(commit, reason)
            for table, op in ops:
                self.batch.add(table, op)
        applied = commit.journey not in self._quarantined
        if applied:
            self._versions |= {event.stream: event.meta.version for event in commit.events}
        self._journal(commit, applied)

    def _gap(self, events: Sequence[Recorded]) -> str | None:
        versions: dict[str, int] = {}
        for event in events:
            last = versions.get(event.stream, self._versions.get(event.stream, 0))
            if event.meta.version != last + 1:
                return VERSION_GAP
            versions[event.stream] = event.meta.version
        return None

    def _ops(self, commit: Commit) -> tuple[list[tuple[type[Any], Op]], str | None]:
        ops: list[tuple[type[Any], Op]] = []
        try:
            for index, e in enumerate(commit.events):
                ops += self._projection.ops(Seen(e.event, e.meta, commit.first_offset + index, self._keys))
                ops += [(Effects, op) for op in self.effects.apply(e)]
        except Exception as error:  # noqa: BLE001 - one event that a handler cannot take must not stop the others
            log.error("event_cannot_be_applied", journey=commit.journey, error=type(error).__name__)
            return [], CANNOT_APPLY
        return ops, None

    def _quarantine(self, commit: Commit, reason: str) -> None:
        self._quarantined.add(commit.journey)
        self.quarantined_now.append((commit.journey, reason))
        epoch, partition, offset = commit_place(commit)
        op = put(commit.journey, reason=reason, partition=partition, epoch=epoch, log_offset=offset)
        self.batch.add(Quarantine, Op(op.kind, (_company(commit), *op.key), op.values))

    def _journal(self, commit: Commit, applied: bool) -> None:
        company = _company(commit)
        rows = _described(commit)
        for row, record in zip(rows, commit.records, strict=True):
            row.update(
                journey=commit.journey,
                applied=applied,
                key=record.key,
                value=record.value,
                headers=pack(record.headers),
            )
            self.batch.add(Journal, Op(Kind.PUT, (company, commit.partition, commit.epoch, record.offset), row))
        if commit.closed is None:
            at = rows[0].get("at")  # all events of a commit have one time
            self.batch.add(Journeys, Op(Kind.UPSERT, (company, commit.journey), {"last_at": Max(at)}))


def _company(commit: Commit) -> str:
    """Whose journey it is. By the journey's name where it says so: every record of a journey then agrees."""
    kind, _, owner = commit.journey.partition("/")
    if kind == "tenant" and owner:
        return owner
    if commit.journey == HOLDING or commit.undecodable is not None:
        return HOLDING_TENANT
    if commit.refusal is not None:
        return commit.refusal.tenant
    return commit.events[0].meta.tenant if commit.events else HOLDING_TENANT


def _described(commit: Commit) -> list[dict[str, Any]]:
    """For each record what the journal says of it beside its bytes."""
    if commit.events:
        return [
            {
                "stream": e.stream,
                "version": e.meta.version,
                "event_id": e.meta.event_id,
                "topic": e.event.TOPIC,
                "command_id": e.meta.command_id,
                "at": e.at,
            }
            for e in commit.events
        ]
    if commit.refusal is not None:
        topic, meta = COMMAND_REFUSED, refusal_meta(commit.refusal)
    elif commit.closed is not None:
        topic, meta = EPOCH_CLOSED, epoch_closed_meta(commit.closed)
    else:
        return [{} for _ in commit.records]
    return [
        {
            "stream": meta.stream or None,
            "event_id": meta.event_id,
            "topic": topic,
            "command_id": meta.command_id,
            "at": meta.at,
        }
    ]


def _anchor(commit: Commit) -> Anchor:
    return Anchor(
        epoch=commit.epoch,
        partition=commit.partition,
        next_offset=commit.next_offset,
        head=commit.head,
        last_command_offset=commit.command_offset,
        commit_offset=commit.first_offset,
        commit_prev=commit.prev,
    )
