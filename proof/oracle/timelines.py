"""What stands of a chat in PostgreSQL, beside what the provider told of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import astuple, dataclass, field
from typing import Any

import psycopg

from proof.ground.history import TOPICS, History, Truth

_MESSAGES = """
select m.provider_id, m.direction, m.kind, coalesce(s.text, m.text), m.quoted_id, s.receipt,
    coalesce(s.edited, false), coalesce(s.deleted, false), s.reaction
from core.messages m
left join core.message_states s
    on (s.company_id, s.conversation_id, s.provider_id) = (m.company_id, m.conversation_id, m.provider_id)
where m.company_id = %s and m.conversation_id = %s
"""

_TALKS = """
select id, floor, messages_in, messages_out from core.conversations
where company_id = %s and address like %s || '%%'
"""

_EVENTS = "select topic, count(*) from core.journal where stream = %s and applied and version is not null group by 1"


@dataclass(slots=True)
class Faults:
    lost: int = 0
    doubled: int = 0
    phantom: int = 0
    examples: list[str] = field(default_factory=list)

    def say(self, kind: str, count: int, example: str) -> None:
        setattr(self, kind, getattr(self, kind) + count)
        self.examples.append(f"{kind}: {example}")


async def judge(conn: psycopg.AsyncConnection[Any], company: str, history: History, faults: Faults) -> None:
    """Compares one lead's conversation in one company. Nothing that depends on when something came is compared."""
    talks = await (await conn.execute(_TALKS, (company, history.phone))).fetchall()
    if len(talks) != 1:
        faults.say("doubled" if talks else "lost", 1, f"{history.phone} has {len(talks)} conversations")
        return
    talk, floor, came, went = talks[0]
    rows = await (await conn.execute(_MESSAGES, (company, talk))).fetchall()
    found = {row[0]: Truth(*row[1:]) for row in rows}
    for id_ in history.truth.keys() - found.keys():
        faults.say("lost", 1, f"message {id_} of {history.phone}")
    for id_ in found.keys() - history.truth.keys():
        faults.say("phantom", 1, f"message {id_} of {history.phone}")
    for id_ in found.keys() & history.truth.keys():
        if astuple(found[id_]) != astuple(history.truth[id_]):
            faults.say("phantom", 1, f"{id_} of {history.phone}: {found[id_]}, told was {history.truth[id_]}")
    events = Counter[str](dict(await (await conn.execute(_EVENTS, (f"conversation-{talk}",))).fetchall()))
    for topic in TOPICS:
        more = events[topic] - history.events[topic]
        if more:
            kind = "doubled" if more > 0 else "lost"
            faults.say(kind, abs(more), f"{events[topic]} {topic} of {history.phone}, told {history.events[topic]}")
    stands = (floor, came, went)
    meant = (
        "human" if history.typed else "centurion",
        history.events["MessageReceived"],
        history.events["HumanMessageSent"],
    )
    if stands != meant:
        faults.say("phantom", 1, f"{history.phone} stands at {stands}, not {meant}")
