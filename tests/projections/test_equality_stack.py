"""The tables are a function of the log: not of batch sizes, and not of how partitions interleave."""

from __future__ import annotations

import random
from collections.abc import Sequence

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.conversation import events as c
from domain.conversation.parts import AskReason, FloorReason
from domain.kernel.event import Event
from domain.lead import events as ld
from eventlog.model import Commit
from projections.compare import TableSum, sums
from projections.names import Role
from tests.projections.conftest import Generation, MakeGeneration
from tests.projections.histories import Log, Story, set_up, usage

pytestmark = pytest.mark.stack

MOVES = (
    "writes", "writes_twice", "closes", "replies", "cancels", "attempts", "sends", "not_called", "failed", "unknown",
    "human", "floor", "back", "asked", "receipt", "parked", "edited", "deleted", "reaction", "finished", "opt_out",
    "refused", "reply_failed", "moved",
)  # fmt: skip


def step(story: Story, move: str, n: int, seq: int) -> None:
    """Any event in any order: the tables are total functions of the log, whether or not a domain would say so."""
    made = {
        "writes": lambda: [story.received(f"m{n}", turn=n)],
        "writes_twice": lambda: [story.received("a", turn=n), story.received("b\x00", turn=None, content=None)],
        "human": lambda: [
            story.on(c.HumanMessageSent, message=story.id("human", n), provider_id=f"h{n}", kind="text",
                     provider_at=None, text=story.sealed("message.text", "eu"), content=None)
        ],
        "floor": lambda: [story.on(c.FloorTaken, reason=FloorReason.TYPED_ON_PHONE, by="user:x")],
        "back": lambda: [story.on(c.FloorGivenBack, by="user:x", turn=story.turn(n))],
        "asked": lambda: [story.on(c.HumanAsked, reason=AskReason.LATE_MESSAGE)],
        "receipt": lambda: [_receipt(story, c.ReceiptRecorded, n, seq)],
        "parked": lambda: [_receipt(story, c.ReceiptParked, n, seq)],
        "edited": lambda: [story.on(c.MessageEdited, provider_id=f"e{n}", target=f"in-{story.lead[:8]}-{n}",
                                    text=story.sealed("message.text", "novo"), provider_at=None)],
        "deleted": lambda: [story.on(c.MessageDeleted, provider_id=f"d{n}", target=f"h{n}", provider_at=None)],
        "reaction": lambda: [story.on(c.ReactionReceived, provider_id=f"r{n}", target=f"h{n}", reaction=None,
                                      provider_at=None)],
        "finished": lambda: [story.on(c.ReplyFinished, reply=story.id("reply", n), sent=1, turn=None)],
        "not_called": lambda: [story.on(c.ChunkNotCalled, chunk=story.chunk(n, seq), claim="c",
                                        retry_at=story.log.at)],
        "failed": lambda: [story.on(c.ChunkFailed, chunk=story.chunk(n, seq), claim="c", code="bad")],
        "unknown": lambda: [story.on(c.ChunkOutcomeUnknown, chunk=story.chunk(n, seq), claim="c")],
        "reply_failed": lambda: [story.on(c.ReplyFailed, reply=story.id("reply", n), turn=story.id("turn", n),
                                          code="ai", chunks=())],
        "opt_out": lambda: [story.log.event(story.lead_stream, ld.OptOutRecorded, lead=story.lead, message="m"),
                            story.on(c.ReplyDiscarded, reply=story.id("reply", n), usage=usage())],
        "moved": lambda: [story.log.event(story.lead_stream, ld.MessageMoved, lead=story.lead, instance="i",
                                          provider_id=f"p{n}", source_partition=0, source_offset=n, run=1)],
    }  # fmt: skip
    whole = {
        "closes": lambda: story.turn_closes(n),
        "replies": lambda: story.replies(n, 1 + seq),
        "cancels": lambda: story.cancels(n),
        "attempts": lambda: story.attempts(n, seq),
        "sends": lambda: story.sends(n, seq),
        "refused": lambda: story.log.refuse(story.company, story.journey),
    }
    if move in whole:
        whole[move]()
    else:
        events: list[Event] = made[move]()
        story.commit(*events)


def _receipt(story: Story, cls: type[Event], n: int, seq: int) -> Event:
    status = ("sent", "delivered", "read", "never heard of")[(n + seq) % 4]
    provider_id = f"out-{story.lead[:8]}-{n}-{seq}"
    return story.on(cls, provider_id=provider_id, status=status, provider_at=None, code=None)


Step = tuple[int, str, int, int]
HISTORIES = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(MOVES), st.integers(1, 3), st.integers(0, 2)), min_size=5, max_size=60
)


def history(steps: Sequence[Step]) -> Log:
    log = Log()
    set_up(log)
    stories = [Story(log, f"lead {n}") for n in range(4)]
    for story in stories:
        story.arrives()
    log.keys.destroy(stories[3].company, stories[3].journey)
    for which, move, n, seq in steps:
        step(stories[which], move, n, seq)
    return log


def interleaved(log: Log, seed: int) -> list[Commit]:
    """The same partitions in another order among each other."""
    rng = random.Random(seed)
    queues = [[commit for commit in log.commits if commit.partition == p] for p in range(log.partitions)]
    mixed = []
    while any(queues):
        mixed.append(rng.choice([queue for queue in queues if queue]).pop(0))
    return mixed


async def emptied(generation: Generation) -> None:
    async with await psycopg.AsyncConnection.connect(generation.dsn(), autocommit=True) as conn:
        cursor = await conn.execute(
            "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname in ('core', 'work')"
            " and tablename <> 'generation'"
        )
        names = ", ".join(name for (name,) in await cursor.fetchall())
        await conn.execute(f"truncate {names}")


async def sums_of(generation: Generation) -> dict[str, TableSum]:
    async with await psycopg.AsyncConnection.connect(generation.dsn(Role.PROJECTOR), autocommit=True) as conn:
        return await sums(conn)


async def test_any_history_gives_the_same_tables_in_any_batches_and_interleavings(
    make_generation: MakeGeneration,
) -> None:
    generation = await make_generation()
    seen: list[int] = []

    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(HISTORIES, st.integers(0, 1000))
    def check(steps: list[Step], seed: int) -> None:
        import asyncio
        from concurrent.futures import ThreadPoolExecutor

        async def compare() -> None:
            log = history(steps)
            ways = [(log.commits, 1), (log.commits, 7), (log.commits, 1000),
                    *((interleaved(log, seed + n), size) for n, size in enumerate((1, 7, 1000)))]  # fmt: skip
            results = []
            for commits, size in ways:
                await emptied(generation)
                await generation.project(log, commits, batch=size)
                results.append(await sums_of(generation))
            assert all(result == results[0] for result in results), results
            assert results[0]["journal"].rows == len(log.records)
            assert results[0]["quarantine"].rows == 0
            seen.append(results[0]["effects"].rows)

        with ThreadPoolExecutor(1) as pool:
            pool.submit(asyncio.run, compare()).result()

    check()
    assert sum(seen) > 0


async def test_control_a_change_of_one_cell_shows_in_the_sums(generation: Generation) -> None:
    log = history([(0, "writes", 1, 0)])
    await generation.project(log)
    before = await sums_of(generation)
    async with await psycopg.AsyncConnection.connect(generation.dsn(), autocommit=True) as conn:
        await conn.execute("update core.leads set opted_out = true where id = (select min(id) from core.leads)")
    after = await sums_of(generation)
    assert {name for name in before if before[name] != after[name]} == {"leads"}
