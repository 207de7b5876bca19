"""Effects: what is to be done, when. A pure function of the log by `domain.effects.EFFECTS`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from domain.conversation import events as c
from domain.effect.kinds import KINDS, EffectKind
from domain.effect.ops import Attempt, End, EndAll, EndGroup, Open, Reopen
from domain.effects import EFFECTS
from domain.kernel.ids import category_of, effect_id, id_of
from domain.lead import events as ld
from eventlog.model import Recorded
from projections.engine.columns import Int, Text, Time
from projections.engine.ops import Op, change, put
from projections.engine.table import Table

PENDING: Final = "pending"
ATTEMPTED: Final = "attempted"
DONE: Final = "done"

CANCELLING: Final = (c.ReplyCancelled, c.TurnDropped, ld.LeadErased)
"""Events that end effects without their having been done: who works on one is told to stop."""


class Effects(Table):
    """state: `pending` → `attempted` → `done`. group, seq, version, claim: as in `domain.effect.ops`.

    stream, opened_version: the event that opened the row. instance_id: of a chunk, for the pace of its instance.
    """

    INDEXES = (
        "(company_id, kind, due_at, id) where state = 'pending'",
        "(company_id, instance_id, due_at, id) where state = 'pending' and kind = 'chunk'",
        "(company_id, stream, opened_version, seq) where state <> 'done' and kind = 'chunk'",
        '(journey, kind, "group") where "group" <> \'\'',
        "(due_at) where state = 'pending'",
        "(expires_at) where state = 'pending' and expires_at is not null",
        "(company_id, journey) where state <> 'done'",
    )

    id: Text
    journey: Text
    stream: Text
    kind: Text
    key: Text
    version: Text = ""
    group: Text = ""
    seq: Int = 0
    state: Text = PENDING
    due_at: Time
    claim: Text | None
    opened_version: Int
    opened_at: Time
    expires_at: Time | None
    instance_id: Text | None


ENDING_GROUPS: Final = (c.ReplyCancelled,)
"""Events that end a group. A test keeps this equal to what `EFFECTS` says."""

ENDING_ALL: Final = (ld.LeadErased,)
"""Events that end whatever is open in their journey. The same test."""

OPENING_CHUNKS: Final = (c.ReplyGenerated, c.ReplyFailed, c.NoticeWritten)

Group = tuple[str, str, str]
"""(journey, kind, group)."""


def groups_ended(events: Iterable[Recorded]) -> set[Group]:
    """The groups whose effects must be known before these events are folded."""
    ending = [e for e in events if isinstance(e.event, ENDING_GROUPS)]
    return {
        (e.meta.journey, op.kind, op.group)
        for e in ending
        for op in EFFECTS[type(e.event)](e.event)
        if isinstance(op, EndGroup)
    }


def journeys_ended(events: Iterable[Recorded]) -> set[tuple[str, str]]:
    """(company, journey) of those whose open effects must be known before these events are folded."""
    return {(e.meta.tenant, e.meta.journey) for e in events if isinstance(e.event, ENDING_ALL)}


def conversations_sending(events: Iterable[Recorded]) -> set[tuple[str, str]]:
    """(company, conversation id) of those whose instance must be known: they open chunks."""
    return {(e.meta.tenant, id_of(e.stream)) for e in events if isinstance(e.event, OPENING_CHUNKS)}


def _nothing(_event: object) -> tuple[()]:
    return ()


@dataclass(slots=True)
class EffectFold:
    """Events in the order of their journey → ops on `Effects`.

    groups: group → id → state, as the database has it. instances: (company, conversation) → instance.
    open_in: journey that is to end → ids of its open effects, as the database has them.
    cancelled, ended, opened, companies: what the fold did, for the NOTIFY, the leases and the runners' fair turn.
    """

    groups: dict[Group, dict[str, str]]
    instances: dict[tuple[str, str], str]
    open_in: dict[str, set[str]] = field(default_factory=dict)
    cancelled: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    opened: set[EffectKind] = field(default_factory=set)
    companies: set[str] = field(default_factory=set)
    _group_of: dict[str, Group] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._group_of = {id_: group for group, ids in self.groups.items() for id_ in ids}

    def apply(self, e: Recorded) -> list[Op]:
        if isinstance(e.event, c.ConversationStarted):
            self.instances[e.meta.tenant, e.event.conversation] = e.event.instance
        done: list[Op] = []
        ended_before = len(self.ended)
        for op in EFFECTS.get(type(e.event), _nothing)(e.event):
            if isinstance(op, EndGroup):
                group = (e.meta.journey, op.kind, op.group)
                pending = [id_ for id_, state in self.groups.get(group, {}).items() if state == PENDING]
                done += [self._end(id_) for id_ in sorted(pending)]
                continue
            if isinstance(op, EndAll):
                done += [self._end(id_) for id_ in sorted(self.open_in.get(e.meta.journey, ()))]
                continue
            id_ = effect_id(e.meta.journey, op.kind, op.key)
            if isinstance(op, Open):
                done.append(self._open(e, id_, op))
            elif isinstance(op, Attempt):
                done.append(self._move(id_, ATTEMPTED, claim=op.claim))
            elif isinstance(op, Reopen):
                done.append(self._move(id_, PENDING, claim=None, due_at=op.due))
            elif isinstance(op, End):
                done.append(self._end(id_))
        if isinstance(e.event, CANCELLING):
            self.cancelled += self.ended[ended_before:]
        return [Op(op.kind, (e.meta.tenant, *op.key), op.values) for op in done]

    def _open(self, e: Recorded, id_: str, op: Open) -> Op:
        expires: timedelta | None = KINDS[op.kind].expires
        if op.group:
            self._group_of[id_] = group = (e.meta.journey, op.kind, op.group)
            self.groups.setdefault(group, {})[id_] = PENDING
        if e.meta.journey in self.open_in:
            self.open_in[e.meta.journey].add(id_)
        self.opened.add(op.kind)
        self.companies.add(e.meta.tenant)
        return put(
            id_,
            journey=e.meta.journey,
            stream=e.stream,
            kind=op.kind,
            key=op.key,
            version=op.version,
            group=op.group,
            seq=op.seq,
            due_at=op.due,
            opened_version=e.meta.version,
            opened_at=e.at,
            expires_at=None if expires is None else op.due + expires,
            instance_id=self._instance(e) if op.kind is EffectKind.CHUNK else None,
        )

    def _instance(self, e: Recorded) -> str | None:
        if category_of(e.stream) != "conversation":
            return None
        return self.instances.get((e.meta.tenant, id_of(e.stream)))

    def _move(self, id_: str, state: str, **values: Any) -> Op:
        group = self._group_of.get(id_)
        if group is not None:
            self.groups[group][id_] = state
        return change(id_, state=state, **values)

    def _end(self, id_: str) -> Op:
        self.ended.append(id_)
        for ids in self.open_in.values():  # nearly always none: a journey ends once
            ids.discard(id_)
        return self._move(id_, DONE)
