"""What must be true after a history, found without the cores: commands in order, one after the other; the chain by the
judge; what clients were told; what the provider took."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from commands.intake import Asked, take
from domain.conversation import events as c
from domain.effect.events import EffectAbandoned
from domain.kernel.deciding import decide
from domain.kernel.errors import Refused
from domain.kernel.event import Event
from domain.kernel.journey import Context
from domain.kernel.stream import Stream
from eventlog.model import Commit, LogRecord
from projections.tables.log import Journal
from proof.simulation.provider import Fate
from proof.simulation.scene import JINXED, ROUTES, talk_of
from proof.simulation.store import ReadStore
from proof.simulation.world import World

JINXED_TALK: Final[str] = talk_of(JINXED)["conversation"]
ENDS: Final = (c.ChunkSent, c.ChunkFailed, c.ChunkOutcomeUnknown, c.ChunkNotCalled, c.ChunkRejected)
"""What an attempt may come to."""


class Wanted(NamedTuple):
    """One commit: which command, when, and its events or the code of its refusal."""

    offset: int
    command_id: str | None
    at: datetime
    code: str | None
    events: tuple[Event, ...]


class Sequential:
    """The deciders, asked one command after the other, with nothing between them and their streams."""

    def __init__(self) -> None:
        self._past: dict[str, list[Event]] = {}
        self._streams: dict[str, Stream] = {}

    def answer(self, asked: Asked, at: datetime) -> tuple[str | None, tuple[Event, ...]]:
        if asked.fault is not None:
            return asked.fault.code, ()
        assert asked.meta is not None
        assert asked.command is not None
        assert asked.route is not None
        meta = asked.meta
        context = Context(command_id=meta.command_id, tenant=meta.tenant, journey=meta.journey, actor=meta.actor, at=at)
        streams = {name: self._stream(name) for name in asked.streams}
        try:
            events = decide(asked.route, context, asked.command, streams)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this command's answer
            for name in streams:
                del self._streams[name]
            return (error.code if isinstance(error, Refused) else "decider_crashed"), ()
        for event in events:
            self._past.setdefault(event.originator_id, []).append(event)
        return (None, tuple(events)) if events else ("nothing_to_do", ())

    def _stream(self, name: str) -> Stream:
        stream = self._streams.get(name)
        if stream is None:
            stream = self._streams[name] = Stream.of(name).replay(self._past.get(name, ()))
        return stream


def wanted(commands: Iterable[LogRecord], world: World) -> list[Wanted]:
    """By the rule: the first command of each (journey, id) is answered, in the order of the partition."""
    answered: set[tuple[str, str]] = set()
    last_at: dict[str, datetime] = {}
    deciders = Sequential()
    found: list[Wanted] = []
    for record in commands:
        asked = take(record, partitions=1, epoch=0, routes=ROUTES, codec=world.codec)
        if (asked.journey, asked.command_id) in answered:
            continue
        answered.add((asked.journey, asked.command_id))
        at = last_at[asked.journey] = max(asked.at, last_at.get(asked.journey, asked.at))
        code, events = deciders.answer(asked, at)
        found.append(Wanted(record.offset, asked.command_id, at, code, events))
    return found


def got(commit: Commit) -> Wanted:
    """The same of a commit that counts."""
    refusal = commit.refusal
    at = refusal.at if refusal else commit.events[0].at
    events = tuple(recorded.event for recorded in commit.events)
    return Wanted(commit.command_offset, commit.command_id, at, refusal.code if refusal else None, events)


def check(world: World) -> None:
    """Raises AssertionError that says which promise was broken."""
    accepted = world.log.judge.accepted
    _every_command_once(world)
    _same_answers(world, accepted)
    _versions(accepted)
    _same_tables(world, accepted)
    _attempts(world, [recorded.event for commit in accepted for recorded in commit.events])


def _every_command_once(world: World) -> None:
    """Nothing lost, nothing doubled, every state as if there had been no fault."""
    found, should = [got(commit) for commit in world.log.judge.accepted], wanted(world.log.commands.records, world)
    for mine, right in zip(found, should, strict=False):
        assert mine == right, f"command {right.offset} was answered {mine}, not {right}"
    assert len(found) == len(should), f"{len(found)} commands were answered, not {len(should)}"


def _same_answers(world: World, accepted: list[Commit]) -> None:
    by_id = {(commit.journey, commit.command_id): commit for commit in accepted}
    for pair, told in world.told.items():
        commit = by_id.get(pair)
        assert commit is not None, f"an acknowledged command was lost: {pair}"
        now = world.store.outcome(*pair)
        assert now is not None, "an answered command has no answer"
        assert (now.accepted, now.offset) == (commit.refusal is None, commit.first_offset), (
            "the answer is not the log's"
        )
        assert told is None or told == now, "the same id has two answers"


def _versions(accepted: list[Commit]) -> None:
    last: Counter[str] = Counter()
    for commit in accepted:
        for recorded in commit.events:
            last[recorded.stream] += 1
            assert recorded.meta.version == last[recorded.stream], f"{recorded.stream} has a gap"


def _same_tables(world: World, accepted: list[Commit]) -> None:
    """The read database equals a fold of the chain, whole and at once."""
    whole = ReadStore(world.codec, world.store.generation)
    if accepted:
        whole.write(accepted, whole.generation)
    assert whole.position == world.store.position, "the projector is not where the chain ends"
    for table in {*whole.tables, *world.store.tables}:
        mine, right = world.store.table(table), whole.table(table)
        wrong = [key for key in {*mine, *right} if mine.get(key) != right.get(key)]
        assert not wrong, f"{table.__name__} is not a fold of the chain: {wrong[:3]}"
    assert all(row["applied"] for row in whole.table(Journal).values()), "a journey is in quarantine"


def _attempts(world: World, events: list[Event]) -> None:
    """Each attempt ends once, as what it was; none is tried again in silence; nothing is given up without need."""
    ends: dict[str, list[Event]] = {}
    attempts: dict[str, list[str]] = {}
    for event in events:
        if isinstance(event, EffectAbandoned):
            assert event.originator_id.endswith(JINXED_TALK), f"{event.kind} was given up: {event.code}"
        elif isinstance(event, c.ChunkAttempted):
            before = attempts.setdefault(event.chunk, [])
            if before:
                last = ends.get(before[-1], [])
                reopened = [e for e in last if isinstance(e, c.ChunkNotCalled | c.ChunkRejected)]
                assert reopened, f"chunk {event.chunk} was tried again in silence"
            before.append(event.claim)
        elif isinstance(event, ENDS) and event.claim is not None:
            ends.setdefault(event.claim, []).append(event)
    took = {taken.claim for taken in world.provider.taken}
    for claims in attempts.values():
        for claim in claims:
            end = ends.get(claim, [])
            assert end, "an attempt has no end"
            if claim in took:
                assert all(isinstance(e, c.ChunkSent | c.ChunkOutcomeUnknown) for e in end), (
                    "a sent message is not sent"
                )
            elif world.provider.called.get(claim) is not Fate.NOWHERE:
                assert not any(isinstance(e, c.ChunkSent) for e in end), "a message that nobody took counts as sent"
