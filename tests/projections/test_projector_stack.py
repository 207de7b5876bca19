"""The projector under what should not happen: zombies, gaps, poison, erased and missing keys."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from prometheus_client import REGISTRY

from domain.access.sight import WHOLE
from domain.conversation import events as c
from domain.conversation.parts import AskReason
from domain.kernel.errors import Unavailable
from domain.kernel.event import Event
from projections.generation import activate, fence
from projections.journal import JournalReader
from projections.names import Role
from projections.pool import open_pool
from projections.positions import Fenced
from projections.postgres import PostgresProjector
from projections.read import leads, timeline
from projections.read.db import ReadDb
from proof.ground.generation import Generation
from proof.ground.histories import COMPANY, Keys, Log, Story, set_up

pytestmark = pytest.mark.stack


async def fetch(generation: Generation, query: str) -> list[tuple[Any, ...]]:
    async with await psycopg.AsyncConnection.connect(generation.dsn(Role.PROJECTOR)) as conn:
        return await (await conn.execute(query)).fetchall()


def projector(generation: Generation, log: Log) -> PostgresProjector:
    return PostgresProjector(generation.dsn(Role.PROJECTOR), generation.n, log.keys)


def metric(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def test_a_zombie_projector_is_refused_and_writes_nothing(generation: Generation) -> None:
    log = Log(1)
    ana = Story(log)
    ana.arrives()
    ana.writes("um")
    ana.writes("dois")
    async with projector(generation, log) as zombie, projector(generation, log) as heir:
        await zombie.open_positions(log.genesis())
        await zombie.apply(log.commits[:1])
        await heir.apply(log.commits[1:2])
        with pytest.raises(Fenced):
            await zombie.apply(log.commits[1:2])
        with pytest.raises(Fenced):
            await zombie.apply(log.commits[1:])
        await heir.apply(log.commits[2:])
    assert await fetch(generation, "select count(*), sum(messages_in) from core.journal, core.conversations") == [
        (6, 12)
    ]


async def test_a_commit_that_skips_another_is_refused(generation: Generation) -> None:
    log = Log(1)
    ana = Story(log)
    ana.arrives()
    ana.writes()
    async with projector(generation, log) as one:
        await one.open_positions(log.genesis())
        with pytest.raises(Fenced):
            await one.apply(log.commits[1:])


async def test_a_fenced_generation_takes_nothing_until_the_vault_says_that_it_is_the_active_one(
    generation: Generation,
) -> None:
    log = Log(1)
    set_up(log)
    async with projector(generation, log) as one:
        await one.open_positions(log.genesis())
        await one.apply(log.commits[:1])
        async with await psycopg.AsyncConnection.connect(generation.dsn(Role.PROJECTOR), autocommit=True) as conn:
            await fence(conn)
            with pytest.raises(Fenced):
                await one.apply(log.commits[1:])
            await activate(conn)
        await one.apply(log.commits[1:])


async def test_a_batch_that_waited_for_the_fence_is_refused(generation: Generation) -> None:
    log = Log(1)
    set_up(log)
    waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    async with (
        projector(generation, log) as one,
        await psycopg.AsyncConnection.connect(generation.dsn(), autocommit=True) as conn,
    ):
        await one.open_positions(log.genesis())
        async with conn.transaction():
            await fence(conn)
            applying = asyncio.create_task(one.apply(log.commits))
            async with asyncio.timeout(20):
                while await (await conn.execute(waiting)).fetchone() != (1,):
                    await asyncio.sleep(0.01)
        with pytest.raises(Fenced):
            await applying
    assert await fetch(generation, "select count(*) from core.journal") == [(0,)]


async def test_a_projector_of_another_generation_is_refused(generation: Generation) -> None:
    log = Log(1)
    set_up(log)
    async with projector(generation, log) as one:
        await one.open_positions(log.genesis())
    async with PostgresProjector(generation.dsn(Role.PROJECTOR), generation.n + 1, log.keys) as other:
        with pytest.raises(Fenced):
            await other.apply(log.commits)


@pytest.mark.parametrize("batch", [1, 1000])
async def test_a_version_gap_quarantines_its_journey_and_the_others_go_on(generation: Generation, batch: int) -> None:
    log = Log(1)
    ana, bia = Story(log), Story(log, "bia")
    ana.arrives()
    bia.arrives()
    ana.commit(log.event(ana.stream, c.HumanAsked, version=7, conversation=ana.conversation, reason="late_message"))
    after = ana.writes("journalled only")
    bia.writes("goes on")
    before = metric("legion_projection_quarantined_total", reason="version_gap")
    await generation.project(log, batch=batch)
    assert metric("legion_projection_quarantined_total", reason="version_gap") == before + 1
    assert await fetch(generation, "select journey, reason, log_offset from core.quarantine") == [
        (ana.journey, "version_gap", log.commits[2].first_offset)
    ]
    assert await fetch(generation, "select text from core.messages") == [("goes on",)]
    assert await fetch(generation, "select count(*), count(*) filter (where not applied) from core.journal") == [
        (11, 2)
    ]
    async with open_pool(generation.dsn(Role.WRITER)) as pool:
        loaded = await JournalReader(pool).load(0, [(ana.journey, ana.stream)], [(ana.journey, after.command_id or "")])
    assert loaded.quarantined == {ana.journey}
    assert loaded.known == {(ana.journey, after.command_id)}
    assert len(loaded.events[ana.journey, ana.stream]) == 1


async def test_a_stale_second_version_five_is_journalled_and_not_applied(generation: Generation) -> None:
    """What a writer with a stale stream writes has a right `prev` and a wrong version."""
    log = Log(1)
    ana = Story(log)
    ana.arrives()
    ana.writes("um")
    stale = ana.received("zwei")
    object.__setattr__(stale, "originator_version", 2)
    ana.commit(stale)
    await generation.project(log)
    assert await fetch(generation, "select text from core.messages") == [("um",)]
    versions = "select version, applied from core.journal where stream like 'conv%' order by log_offset"
    assert await fetch(generation, versions) == [(1, True), (2, True), (2, False)]


@pytest.mark.parametrize("batch", [1, 1000])
async def test_what_the_database_will_not_take_quarantines_its_journey_only(generation: Generation, batch: int) -> None:
    log = Log(1)
    ana, bia = Story(log), Story(log, "bia")
    ana.arrives()
    bia.arrives()
    same = ana.writes("um")
    bia.writes("vor")
    ana.commit(ana.received("same command, same event id"), command=same.command_id)
    bia.writes("nach")
    await generation.project(log, batch=batch)
    assert await fetch(generation, "select journey, reason from core.quarantine") == [(ana.journey, "cannot_apply")]
    assert await fetch(generation, "select text from core.messages order by text") == [("nach",), ("um",), ("vor",)]


async def test_a_handler_that_fails_quarantines_its_journey_only(
    generation: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Log(1)
    ana, bia = Story(log), Story(log, "bia")
    ana.arrives()
    bia.arrives()
    ana.commit(ana.on(c.HumanAsked, reason=AskReason.LATE_MESSAGE))
    bia.writes("vai")

    from projections.engine.batch import Projection

    real = Projection.ops

    def failing(self: Projection, seen: Any) -> Any:
        if isinstance(seen.event, c.HumanAsked):
            raise KeyError("a bug in a handler")
        return real(self, seen)

    monkeypatch.setattr(Projection, "ops", failing)
    await generation.project(log)
    assert await fetch(generation, "select journey, reason from core.quarantine") == [(ana.journey, "cannot_apply")]
    assert await fetch(generation, "select text from core.messages") == [("vai",)]


async def test_a_destroyed_key_gives_rows_as_after_erasure(generation: Generation, db: ReadDb) -> None:
    log = Log(1)
    ana = Story(log)
    ana.arrives()
    ana.writes("segredo")
    log.keys.destroy(COMPANY, ana.journey)
    await generation.project(log)
    async with db.company(COMPANY, WHOLE) as conn:
        lead = await leads.lead(conn, COMPANY, ana.lead)
        (message,) = (await timeline.timeline(conn, COMPANY, ana.conversation)).items
        (alias,) = await leads.aliases(conn, COMPANY, ana.lead)
    assert lead is not None
    assert (lead.name, lead.erased) == (None, True)
    assert (message.text, message.content, message.erased, alias.value) == (None, None, True, None)


@pytest.mark.parametrize(("key", "reason"), [(None, "key_missing"), (b"x" * 32, "seal_broken")])
async def test_a_key_that_does_not_open_gives_a_placeholder_and_an_alarm(
    generation: Generation, db: ReadDb, key: bytes | None, reason: str
) -> None:
    log = Log(1)
    ana = Story(log)
    ana.arrives()
    ana.writes("segredo")
    log.keys.keys[COMPANY, ana.journey] = key
    before = metric("legion_projection_unreadable_total", reason=reason)
    await generation.project(log)
    assert metric("legion_projection_unreadable_total", reason=reason) > before
    async with db.company(COMPANY, WHOLE) as conn:
        (message,) = (await timeline.timeline(conn, COMPANY, ana.conversation)).items
    assert (message.text, message.content, message.erased) == ("[unreadable]", {"unreadable": True}, False)


async def test_one_batch_asks_the_vault_once(generation: Generation) -> None:
    log = Log(1)
    for n in range(20):
        story = Story(log, f"lead {n}")
        story.arrives()
        story.writes()
    await generation.project(log)
    assert log.keys.queries == 1


async def test_a_vault_that_is_away_leaves_nothing_half_written(generation: Generation) -> None:
    class Away(Keys):
        async def open_pairs(self, pairs: object) -> Any:
            raise Unavailable("vault_unavailable")

    log = Log(1)
    ana = Story(log)
    ana.arrives()
    async with projector(generation, log) as one:
        await one.open_positions(log.genesis())
        one._opener, opener = Away(), one._opener
        with pytest.raises(Unavailable):
            await one.apply(log.commits)
        assert await fetch(generation, "select count(*) from core.journal") == [(0,)]
        one._opener = opener
        await one.apply(log.commits)
    assert await fetch(generation, "select count(*) from core.journal") == [(4,)]


async def test_a_database_that_ends_the_connection_is_unavailable_and_then_goes_on(generation: Generation) -> None:
    log = Log(1)
    set_up(log)
    async with projector(generation, log) as one:
        await one.open_positions(log.genesis())
        await one.apply(log.commits[:1])
        await fetch(
            generation,
            "select pg_terminate_backend(pid) from pg_stat_activity where usename = current_user"
            " and pid <> pg_backend_pid() and datname = current_database()",
        )
        with pytest.raises(Unavailable):
            await one.apply(log.commits[1:])
        (anchor,) = await one.open_positions(log.genesis())
        await one.apply([commit for commit in log.commits if commit.first_offset >= anchor.next_offset])
    assert await fetch(generation, "select count(*) from core.journal") == [(len(log.records),)]


class Frozen:
    """A vault that answers the first projector that asks only when told to: it stands still within its transaction."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self.asked, self.go_on = asyncio.Event(), asyncio.Event()

    async def open_pairs(self, pairs: Any) -> Any:
        if not self.asked.is_set():
            self.asked.set()
            await self.go_on.wait()
        return await self._keys.open_pairs(pairs)


@pytest.mark.parametrize("control", [False, True])
async def test_a_projector_that_stands_still_in_its_transaction_lets_its_heir_pass(
    generation: Generation, monkeypatch: pytest.MonkeyPatch, control: bool
) -> None:
    monkeypatch.setattr("projections.postgres.LONGEST", timedelta(0) if control else timedelta(milliseconds=300))
    log = Log(1)
    Story(log).arrives()
    keys = Frozen(log.keys)
    dsn = generation.dsn(Role.PROJECTOR)
    async with PostgresProjector(dsn, generation.n, keys) as frozen, PostgresProjector(dsn, generation.n, keys) as heir:
        await frozen.open_positions(log.genesis())
        still = asyncio.create_task(frozen.apply(log.commits))
        await keys.asked.wait()
        monkeypatch.setattr("projections.postgres.LONGEST", timedelta(0))  # the heir's own waiting is not at issue
        heirs = asyncio.create_task(heir.apply(log.commits))
        await asyncio.wait([heirs], timeout=2)
        assert heirs.done() is not control  # the control: without the limit the heir waits for the lock
        keys.go_on.set()
        if control:
            await still
            with pytest.raises(Fenced):
                await heirs
        else:
            await heirs
            with pytest.raises(Unavailable):
                await still


def test_every_event_class_is_known_to_a_table_or_said_to_be_of_no_interest() -> None:
    from domain.events import EVENTS
    from projections.tables import TABLES

    handled = {event for table in TABLES for event in table().handlers}
    silent = {EVENTS[name] for name in (
        "SlugClaimed", "InstanceItemRecorded", "MessageMoved", "MessageRerun", "EffectExpired",
        "EmailClaimed", "EmailReleased", "UserForgotten", "TurnRead", "SilenceAwaited",
        "TemplateCreated", "ContractAttempted", "ContractNotCalled",
        "ContractHinted", "ContractCancelAsked", "ContractResendAsked", "ContractLinkAsked",
        "PixelCaughtUp",
    )}  # fmt: skip
    assert set[type[Event]](EVENTS.values()) - handled == silent
