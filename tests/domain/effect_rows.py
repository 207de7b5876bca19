"""The table `effects`, folded from `EFFECTS` in memory: what the projector makes of the events, and no more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.conversation.aggregate import Conversation
from domain.effect.kinds import EffectKind
from domain.effect.ops import Attempt, End, EndAll, EndGroup, Open, Reopen
from domain.effects import EFFECTS
from domain.kernel.clock import to_us
from domain.kernel.event import Event
from domain.lead.aggregate import Lead


@dataclass
class Row:
    """state: pending or attempted; a row that is done is gone."""

    kind: EffectKind
    key: str
    due: datetime
    version: str
    group: str
    seq: int
    state: str = "pending"
    claim: str = ""


class EffectRows:
    """Open rows by (kind, key)."""

    def __init__(self) -> None:
        self.open: dict[tuple[EffectKind, str], Row] = {}

    def apply(self, event: Event) -> None:
        ops = EFFECTS[type(event)](event) if type(event) in EFFECTS else ()
        for op in ops:
            match op:
                case Open(kind, key, due, version, group, seq):
                    self.open[kind, key] = Row(kind, key, due, version, group, seq)
                case Attempt(kind, key, claim):
                    row = self.open[kind, key]
                    assert row.state == "pending", "one claim at a time"
                    row.state, row.claim = "attempted", claim
                case Reopen(kind, key, due):
                    row = self.open[kind, key]
                    assert row.state == "attempted", "only what was attempted is reopened"
                    row.state, row.claim, row.due = "pending", "", due
                case End(kind, key):
                    self.open.pop((kind, key), None)
                case EndAll():
                    self.open.clear()
                case EndGroup(kind, group):
                    for row in self.of(kind, "pending"):
                        if row.group == group:
                            del self.open[kind, row.key]

    def of(self, kind: EffectKind, state: str | None = None) -> list[Row]:
        rows = [row for row in self.open.values() if row.kind == kind and state in (None, row.state)]
        return sorted(rows, key=lambda row: row.seq)


def check_effects(rows: EffectRows, conversation: Conversation, lead: Lead) -> None:
    """What is open for the runners is what the conversation waits for, and nothing else; of an erased lead, what is
    left of the erasure."""
    if lead.erased:
        steps = {False: EffectKind.ERASE, True: EffectKind.COMPLETE_ERASURE}
        ours = {key for key in rows.open if key[0] not in (EffectKind.PROVISION, EffectKind.RELEASE)}
        assert ours == (set() if lead.completed else {(steps[lead.forgotten], lead.key)})
        return
    turn, reply, attempt = conversation.turn, conversation.reply, conversation.attempt
    turns = [(row.key, row.version, to_us(row.due)) for row in rows.of(EffectKind.CLOSE_TURN)]
    assert turns == ([] if turn is None else [(turn.turn, turn.last_message, turn.due_us)])

    in_the_making = [] if reply is None or reply.made else [(reply.reply, reply.turn)]
    assert [(row.key, row.version) for row in rows.of(EffectKind.REPLY)] == in_the_making

    pending = [] if reply is None else [(piece.chunk, reply.reply) for piece in reply.pending]
    assert [(row.key, row.group) for row in rows.of(EffectKind.CHUNK, "pending")] == pending

    reading = [] if conversation.reading is None else [(conversation.key, conversation.reading)]
    assert [(row.key, row.version) for row in rows.of(EffectKind.EXTRACT)] == reading

    silence = [] if lead.awaited is None else [(lead.key, lead.awaited)]
    assert [(row.key, row.due) for row in rows.of(EffectKind.DORMANCY)] == silence

    attempted = [] if attempt is None else [(attempt.piece.chunk, attempt.claim)]
    assert [(row.key, row.claim) for row in rows.of(EffectKind.CHUNK, "attempted")] == attempted
    assert [(row.key, row.version) for row in rows.of(EffectKind.RESOLVE)] == attempted
