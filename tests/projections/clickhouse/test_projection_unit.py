"""Exactly once, whatever is killed or stopped where: the order of steps against a model of what the server promises.

The model: inserts are atomic, a token that the server remembers is counted once, the first claim wins, all survives
the client. That the real server does so is shown in test_analytics_stack.py.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Collection, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from types import coroutine
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventlog.model import Anchor, Commit
from projections.clickhouse import projection as under_test
from projections.clickhouse.columns import NAMES
from projections.clickhouse.plan import Block, Plan
from projections.clickhouse.projection import Projection, Stored, Superseded
from projections.clickhouse.rows import Row, rows_of
from proof.ground.histories import INSTANCE, Log, Story
from tests.projections.clickhouse.test_plan_unit import NEW_YEAR

WINDOW = 64
"""More blocks than the history has: how far a window must reach is said in tables.WINDOW."""


@coroutine
def point() -> Generator[None, None, None]:
    """Somewhere a projector can be stopped, killed or overtaken."""
    yield


@dataclass
class Server:
    """What survives. `newest` is `blocks` (ReplacingMergeTree), `rows` is `events`."""

    rows: list[Row] = field(default_factory=list)
    tokens: deque[str] = field(default_factory=lambda: deque(maxlen=WINDOW))
    newest: dict[int, tuple[int, Stored]] = field(default_factory=dict)

    def once(self, token: str) -> bool:
        if token in self.tokens:
            return False
        self.tokens.append(token)
        return True

    def put(self, plan: Plan, *, done: bool) -> None:
        version = 2 * plan.before.next_offset + done
        if version >= self.newest.get(plan.partition, (-1, None))[0]:
            self.newest[plan.partition] = (version, Stored(plan, done))


@dataclass
class ModelStore:
    server: Server

    async def state(self) -> Mapping[int, Stored]:
        await point()
        return {partition: stored for partition, (_, stored) in self.server.newest.items()}

    async def claim(self, plan: Plan) -> None:
        await point()
        if self.server.once(plan.claim):
            self.server.put(plan, done=False)
        await point()

    async def insert(self, block: Block) -> None:
        await point()
        if self.server.once(self.token(block.plan)):
            self.server.rows += block.rows
        await point()

    async def done(self, plans: Sequence[Plan]) -> None:
        await point()
        for plan in plans:
            self.server.put(plan, done=True)
        await point()

    async def instances(self, conversations: Collection[str]) -> Mapping[str, str]:
        await point()
        columns = [NAMES.index(name) for name in ("topic", "conversation", "instance")]
        found = [[row[column] for column in columns] for row in self.server.rows]
        return {c: i for topic, c, i in found if topic == "ConversationStarted" and c in conversations}

    def token(self, plan: Plan) -> str:
        return plan.token


class NewTokenEachTime(ModelStore):
    """Control: the bug that the plan is there for."""

    def token(self, plan: Plan) -> str:
        return f"{plan.token}/{random.random()}"


class LastClaimWins(ModelStore):
    """Control: plans without their token."""

    async def claim(self, plan: Plan) -> None:
        await point()
        self.server.put(plan, done=False)
        await point()


def told() -> Log:
    """Three partitions, over the end of a year."""
    log = Log(3, at=NEW_YEAR)
    for name in ("ana", "bia", "caio", "davi"):
        story = Story(log, name)
        story.arrives()
        for _ in range(3):
            story.writes()
        story.turn_closes()
        log.refuse(story.company, story.journey)
        story.replies(1, chunks=1)
        story.attempts(1, 0)
        story.sends(1, 0)
    return log


LOG = told()
EXPECTED = sorted((row for commit in LOG.commits for row in rows_of(commit, lambda _: INSTANCE).rows), key=str)


def after(anchor: Anchor) -> list[Commit]:
    return [c for c in LOG.commits if c.partition == anchor.partition and c.first_offset >= anchor.next_offset]


async def project(store: ModelStore, block_rows: int, read: int) -> None:
    """One process, from its start to the end of the log. read: commits of one poll."""
    while True:
        try:
            projection = await Projection.open(store, LOG.genesis(), block_rows=block_rows, linger_s=2.0)
            left = [after(anchor) for anchor in projection.anchors]
            now = 0.0
            while any(left):
                for commits in left:
                    await projection.take(commits[:read], now)
                    del commits[:read]
                now += 1.0
                await projection.write(now)
            await projection.write(now, flush=True)
            return
        except Superseded:
            continue


def play(schedule: Sequence[int], store_class: type[ModelStore] = ModelStore, processes: int = 2) -> list[Row]:
    """Each number lets one process go on to its next point, or kills it there; then all go on to their ends."""
    server = Server()

    def start(who: int) -> Any:
        return project(store_class(server), block_rows=(3, 5)[who], read=(2, 7)[who])

    running: list[Any] = [start(who) for who in range(processes)]
    for choice in schedule:
        who = choice % processes
        if choice >= KILL:
            if running[who] is not None:
                running[who].close()
            running[who] = start(who)
        else:
            step(running, who)
    for who in range(processes):
        while running[who] is not None:
            step(running, who)
    return sorted(server.rows, key=str)


def step(running: list[Any], who: int) -> None:
    if running[who] is None:
        return
    try:
        running[who].send(None)
    except StopIteration:
        running[who] = None


KILL = 26
"""Choices from here on kill: one in fourteen of CHOICES."""

CHOICES = 28
SCHEDULES = st.lists(st.integers(0, CHOICES - 1), max_size=300)


@settings(max_examples=150, deadline=None)
@given(SCHEDULES)
def test_one_projector_killed_anywhere_leaves_every_row_once(schedule: list[int]) -> None:
    assert play(schedule, processes=1) == EXPECTED


@settings(max_examples=150, deadline=None)
@given(SCHEDULES)
def test_two_projectors_at_once_killed_anywhere_leave_every_row_once(schedule: list[int]) -> None:
    assert play(schedule) == EXPECTED


def test_every_single_point_may_be_the_last() -> None:
    for points in range(200):
        assert play([0] * points + [KILL], processes=1) == EXPECTED


def broken(store_class: type[ModelStore], processes: int) -> int:
    """In how many of 100 seeded schedules rows are missing or doubled."""
    found = 0
    for seed in range(100):
        chance = random.Random(seed)
        schedule = [chance.randrange(CHOICES) for _ in range(300)]
        found += play(schedule, store_class, processes) != EXPECTED
    return found


async def test_an_empty_store_in_the_place_of_a_full_one_is_not_continued_from_the_middle() -> None:
    """The data are lost and set-up makes the tables anew, while a projector stands in the middle of the log."""
    server = Server()
    projection = await Projection.open(ModelStore(server), LOG.genesis(), block_rows=3, linger_s=0.0)
    commits = [after(anchor) for anchor in projection.anchors]
    for half in commits:
        await projection.take(half[: len(half) // 2], 0.0)
    await projection.write(1.0, flush=True)
    server.rows.clear()
    server.newest.clear()
    server.tokens.clear()
    for half in commits:
        await projection.take(half[len(half) // 2 :], 2.0)
    with pytest.raises(Superseded):
        await projection.write(3.0, flush=True)
    assert server.newest == {}
    await project(ModelStore(server), block_rows=3, read=2)
    assert sorted(server.rows, key=str) == EXPECTED


def test_control_a_token_that_changes_with_each_try_doubles_rows() -> None:
    assert broken(NewTokenEachTime, 1) > 10
    assert broken(ModelStore, 1) == 0


def test_control_without_the_claim_two_projectors_double_rows() -> None:
    assert broken(LastClaimWins, 2) > 3
    assert broken(ModelStore, 2) == 0


def test_what_is_known_of_conversations_is_bounded(monkeypatch: Any) -> None:
    monkeypatch.setattr(under_test, "MAX_KNOWN", 1)
    assert play([], processes=1) != []
