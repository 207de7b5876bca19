"""The model of a read database: tables, position and leases in memory. What it is told to write comes from the real
planner, whether it may be written from the real rule of positions; what is leased follows `projections/sql/claim.sql`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, Final

from commands.actions import Load
from commands.ports import Loaded
from domain.effect.kinds import EffectKind
from domain.kernel.event import Event
from eventlog.codec import Codec
from eventlog.model import Anchor, Commit, Recorded, Refusal
from projections import positions
from projections.engine.batch import Projection
from projections.engine.ops import Kind, Op, resolved
from projections.engine.table import Table
from projections.plan import Known, Plan, plan, questions
from projections.positions import FENCED
from projections.read.effects import EffectRow
from projections.read.outcomes import Outcome
from projections.tables.conversations import Conversations
from projections.tables.effects import DONE, PENDING, Effects
from projections.tables.log import Journal, Journeys, Quarantine
from projections.tables.replies import Replies
from proof.simulation.scene import START, origin
from vault.keys import Tombstone

ACTIVE: Final = "active"
ERASED: Final = Tombstone(START, "simulated")
"""Words do not matter here, and opening them costs."""

WITNESSES: Final = Projection((Conversations, Replies))
"""Tables that show what was applied twice (they count) or in another order. The others would only cost."""

_NAMES: Final = [each.name for each in fields(EffectRow) if each.name not in {"tries", "refusals"}]

Row = dict[str, Any]


@dataclass(slots=True)
class Lease:
    version: str
    worker: str
    until: datetime
    tries: int = 1
    refusals: int = 0


@dataclass(slots=True)
class ReadStore:
    """One generation, of one partition. live: it has passed the end that the log had when its projector started."""

    codec: Codec
    generation: int
    state: str = ACTIVE
    position: Anchor = field(default_factory=origin)
    live: bool = False
    leases: dict[str, Lease] = field(default_factory=dict)
    tables: dict[type[Table], dict[tuple[Any, ...], Row]] = field(default_factory=dict)
    _events: dict[tuple[str, str], dict[int, Recorded]] = field(default_factory=dict)
    _by_command: dict[tuple[str, str], list[Row]] = field(default_factory=dict)

    def table(self, table: type[Table]) -> dict[tuple[Any, ...], Row]:
        return self.tables.setdefault(table, {})

    # What the projector does.

    def write(self, commits: Sequence[Commit], generation: int) -> Plan:
        """One transaction. Raises Fenced, and then nothing was written."""
        before = {0: (self.position, self.generation)}
        positions.continued(before, commits, generation=generation, state=self.state)
        made = plan(commits, self._known(commits), projection=WITNESSES)
        for table, ops in made.batch.rows.items():
            rows = self.table(table)
            for key, op in ops.items():
                self._apply(table, rows, key, op)
        for effect in made.ended:
            self.leases.pop(effect, None)
        self.position = made.anchors[0]
        return made

    def _known(self, commits: Iterable[Commit]) -> Known:
        asked = questions(commits)
        groups: dict[tuple[str, str, str], dict[str, str]] = {}
        if asked.groups:
            for row in self.table(Effects).values():
                group = (row["journey"], row["kind"], row["group"])
                if group in asked.groups:
                    groups.setdefault(group, {})[row["id"]] = row["state"]
        talks = self.table(Conversations)
        return Known(
            versions={
                stream: max(events)
                for (_, stream), events in self._events.items()
                if events and stream in asked.streams
            },
            quarantined=frozenset(self._quarantined() & asked.journeys),
            groups=groups,
            instances={pair: talks[pair]["instance_id"] for pair in asked.conversations if pair in talks},
            keys=dict.fromkeys(asked.subjects, ERASED),
        )

    def _quarantined(self) -> set[str]:
        return {key[1] for key in self.table(Quarantine)}

    def _apply(self, table: type[Table], rows: dict[tuple[Any, ...], Row], key: tuple[Any, ...], op: Op) -> None:
        if op.kind is Kind.REMOVE:
            rows.pop(key, None)
            return
        row = rows.get(key)
        if op.kind is Kind.PUT or (row is None and op.kind is Kind.UPSERT):
            row = rows[key] = {**table.DEFAULTS, **dict(zip(table.identity(), key, strict=True))}
        if row is None:
            return
        for column, wish in op.values.items():
            row[column] = resolved(row.get(column), wish)
        if table is Journal:
            self._index(row)

    def _index(self, row: Row) -> None:
        if row["command_id"] is not None:
            self._by_command.setdefault((row["journey"], row["command_id"]), []).append(row)
        if row["version"] is not None and row["applied"]:
            recorded = self.codec.decode_event(row["value"])
            self._events.setdefault((row["journey"], row["stream"]), {})[row["version"]] = recorded

    # What the writer asks.

    def load(self, load: Load) -> Loaded:
        journeys = {journey for journey, _ in (*load.streams, *load.command_ids)}
        events: Mapping[tuple[str, str], Sequence[Event]] = {
            pair: [recorded.event for _, recorded in sorted(self._events.get(pair, {}).items())]
            for pair in load.streams
        }
        return Loaded(
            next_offset=self.position.next_offset,
            events=events,
            known=frozenset(pair for pair in load.command_ids if pair in self._by_command),
            last_at={key[1]: row["last_at"] for key, row in self.table(Journeys).items() if key[1] in journeys},
            quarantined=frozenset(self._quarantined() & journeys),
        )

    # What runners and clients ask.

    def outcome(self, journey: str, command_id: str) -> Outcome | None:
        """As `projections.read.outcomes.Outcomes.get`."""
        rows = self._by_command.get((journey, command_id))
        if not rows:
            return None
        body = self.codec.decode(rows[0]["value"])
        assert isinstance(body, Recorded | Refusal)
        refusal = body if isinstance(body, Refusal) else None
        return Outcome(
            accepted=refusal is None,
            code=refusal.code if refusal else None,
            detail=None,
            partition=0,
            offset=rows[0]["log_offset"],
            events=(),
            actor=body.meta.actor if isinstance(body, Recorded) else body.actor,
        )

    def event_at(self, journey: str, stream: str, version: int) -> Recorded | None:
        return self._events.get((journey, stream), {}).get(version)

    def open_effects(self) -> list[Row]:
        """Without conversions: there is no Meta here (tests/streams/test_capi_*.py)."""
        open_now = (row for row in self.table(Effects).values() if row["state"] != DONE)
        return [row for row in open_now if row["kind"] != EffectKind.CONVERSION]

    def claim(self, worker: str, slots: Mapping[EffectKind, int], ttl: timedelta, now: datetime) -> list[EffectRow]:
        """`work.claim`, without gates, paces and companies: one company is there."""
        if self.state == FENCED or not self.live:
            return []
        open_now = self.open_effects()
        chunks = [row for row in open_now if row["kind"] == EffectKind.CHUNK]
        held = self._quarantined()
        claimed = []
        free = dict(slots)
        for row in sorted(open_now, key=lambda row: (row["due_at"], row["id"])):
            kind = EffectKind(row["kind"])
            lease = self.leases.get(row["id"])
            taken = lease is not None and lease.version == row["version"] and lease.until > now
            if row["state"] != PENDING or row["due_at"] > now or taken or row["journey"] in held or not free.get(kind):
                continue
            if kind is EffectKind.CHUNK and any(_before(other, row) for other in chunks):
                continue
            free[kind] -= 1
            same = lease is not None and lease.version == row["version"]
            self.leases[row["id"]] = Lease(
                row["version"],
                worker,
                now + ttl,
                lease.tries + 1 if lease and same else 1,
                lease.refusals if lease and same else 0,
            )
            claimed.append(self._effect(row))
        return claimed

    def _effect(self, row: Row) -> EffectRow:
        lease = self.leases[row["id"]]
        values: dict[str, Any] = {name: row.get(name) for name in _NAMES}
        return EffectRow(**values, tries=lease.tries, refusals=lease.refusals)

    def release(self, row: EffectRow, until: datetime, *, worker: str, refused: bool = False) -> None:
        """As `projections.read.effects.EffectStore.release`."""
        lease = self.leases.get(row.id)
        if lease is not None and (lease.version, lease.worker) == (row.version, worker):
            lease.until = until
            lease.refusals += refused

    def next_due(self, now: datetime) -> datetime | None:
        """As `work.next_due`."""
        times = [row["due_at"] for row in self.open_effects() if row["state"] == PENDING and row["due_at"] > now]
        times += [lease.until for lease in self.leases.values() if lease.until > now]
        return min(times, default=None)


def _before(other: Row, row: Row) -> bool:
    """An open chunk, pending or attempted, holds the later ones of its conversation."""
    return bool(
        other["stream"] == row["stream"]
        and (other["opened_version"], other["seq"]) < (row["opened_version"], row["seq"])
    )
