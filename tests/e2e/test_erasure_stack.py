"""S9 and S10 on the whole stack: who is erased is nowhere, after the day keys and after a rebuild too.

What is looked at: every file of the data folder, every record of every topic as a client reads it, dumps of both
databases, every row of ClickHouse, the processes' output. Only the simulated provider's own folder is left out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
import psycopg
import pytest

from cli.demo.client import Legion, until
from cli.demo.seed import Provider, seed
from cli.settings import Settings
from domain.effect.kinds import EffectKind
from domain.kernel.ids import effect_id, lead_journey
from eventlog.ingress import IngressRecord, body_aad
from eventlog.model import LogRecord
from eventlog.producer import CommandLog, RawLog
from eventlog.topics import Topics
from projections.names import Role, database_name
from projections.read.db import ReadDb
from projections.read.effects import EffectStore
from projections.read.events import EventReader
from projections.read.listener import Listener
from projections.read.outcomes import Outcomes
from proof.ground.stack import Stack, legion, operate, ready
from proof.servers import data_folder, wait_for
from streams.aging import Aging
from streams.commander import Commander
from streams.effects.erase import CompleteErasureEffect
from streams.ingress_log import IngressLog
from streams.runner.core import Again, Done
from streams.runner.job import Job
from tests.e2e.canaries import Canaries, Needles, Places, stores
from vault.daykeys import DayKeyGone, open_body
from vault.db import Vault, open_vault
from vault.keys import Tombstone
from vault.provision import DATABASE, ROLE

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.timeout(1500)]

WAIT_S = 400.0
"""For what takes seconds on an idle machine."""

READABLE = {"dump/legion_g1", "postgres/legion_g1", "postgres/pg_wal"}
"""Where words may stand in the clear while nobody is erased: the read models, and the server's own log of them."""


@dataclass(frozen=True, slots=True)
class World:
    stack: Stack
    settings: Settings
    api: Legion
    sim: httpx.AsyncClient
    vault: Vault

    async def writes(self, who: Canaries, message: dict[str, Any]) -> None:
        body = {"instance": "demo", "phone": who.phone, "name": who.say("name"), "message": message}
        (await self.sim.post("/_sim/lead", json=body)).raise_for_status()

    async def conversation(self, who: Canaries, *, besides: str = "") -> dict[str, Any]:
        async def ask() -> dict[str, Any] | None:
            page = await self.api.get("/v1/conversations")
            mine = [c for c in page["items"] if (c["address"] or "").startswith(who.phone) and c["lead_id"] != besides]
            return mine[0] if mine else None

        return await until("the conversation", ask, WAIT_S)

    async def answered(self, conversation: str) -> None:
        async def ask() -> bool:
            state = await self.api.get(f"/v1/conversations/{conversation}")
            page = await self.api.get(f"/v1/conversations/{conversation}/timeline")
            sent = [m for m in page["items"] if m["direction"] == "out" and m["state"] == "sent"]
            return bool(sent) and not state["reply_id"] and not state["turn_id"]

        await until("the answer", ask, WAIT_S)

    async def lead(self, lead: str) -> dict[str, Any]:
        return dict((await self.api.get(f"/v1/leads/{lead}"))["lead"])

    async def erased(self, lead: str) -> dict[str, Any]:
        """By the command line; waits until the key is destroyed."""
        done = operate(self.stack, "erase", lead, "--reason", "lead_request")
        assert done.returncode == 0, done.stderr
        assert orjson.loads(done.stdout)["erased"] is True

        async def ask() -> dict[str, Any] | None:
            found = await self.lead(lead)
            return found if found["bodies_until"] else None

        return await until("the key to be destroyed", ask, WAIT_S)


def settings_of(stack: Stack) -> Settings:
    env = orjson.loads((stack.data / "stack.json").read_bytes())
    named = {name.removeprefix("LEGION_").lower(): value for name, value in env.items() if name.startswith("LEGION_")}
    return Settings(_env_file=None, **{name: value for name, value in named.items() if value})


@pytest.fixture
def folder() -> Iterator[Path]:
    with data_folder("erasure") as made:
        yield made


def test_who_is_erased_is_nowhere(folder: Path) -> None:
    with legion(folder, "up") as stack:
        assert wait_for(lambda: ready(stack), WAIT_S), stack.tail()
        asyncio.run(in_world(stack, story))


async def in_world(stack: Stack, tell: Callable[[World, Places], Awaitable[None]]) -> None:
    settings = settings_of(stack)
    secrets = orjson.loads((stack.data / "secrets.json").read_bytes())
    headers = {"authorization": f"Bearer {(stack.data / 'bootstrap.token').read_text().strip()}"}
    provider = Provider(
        url=settings.evolution_url, api_key=secrets["EVOLUTION_API_KEY"], webhook_secret=secrets["WEBHOOK_SECRET"]
    )
    async with (
        httpx.AsyncClient(base_url=stack.api, headers=headers, trust_env=False, timeout=30) as http,
        httpx.AsyncClient(base_url=settings.evolution_url, trust_env=False, timeout=30) as sim,
        open_vault(settings.dsn(ROLE, DATABASE), settings.keks) as vault,
    ):
        api = await seed(Legion(http), provider, model=settings.openai_model)
        await tell(World(stack, settings, api, sim, vault), Places(stack, settings))


async def story(world: World, places: Places) -> None:
    gone, back = Canaries(), Canaries()
    for message in gone.messages():
        await world.writes(gone, message)
    await world.writes(back, {"conversation": back.say("text")})
    of_gone, of_back = await world.conversation(gone), await world.conversation(back)
    await world.answered(of_gone["id"])
    await world.answered(of_back["id"])
    backup = world.stack.data.parent / "vault.backup"
    assert operate(world.stack, "vault", "backup", str(backup)).returncode == 0

    # S9: nowhere but in the read models. That each is found there says that the search finds.
    places.flush()
    for who in (gone, back):
        found = await places.everywhere(who.needles())
        assert stores(found) <= READABLE, sorted(found)
        assert {role for where, role in found if where == "dump/legion_g1"} == set(who.needles())
        assert {role for where, role in found if where == "postgres/legion_g1"} == set(who.needles())

    # Whoever holds the vault can still open the raw bodies: what the day keys are for.
    record = await first_body(world, gone)

    for conversation in (of_gone, of_back):
        lead = await world.erased(conversation["lead_id"])
        assert (lead["name"], lead["erasure"]) == (None, "completing")
    again = operate(world.stack, "erase", of_gone["lead_id"], "--reason", "lead_request")
    assert orjson.loads(again.stderr)["code"] == "lead_erased"

    # Right after: in no dump, no record, no row. Pages and log of PostgreSQL hold old bytes until a rebuild.
    for who in (gone, back):
        found = await places.everywhere(who.needles())
        assert stores(found) <= {"postgres/legion_g1", "postgres/pg_wal"}, sorted(found)
    journeys = [lead_journey(c["lead_id"]) for c in (of_gone, of_back)]
    keys = await world.vault.keys.open_many(world.api.tenant, journeys)
    assert all(isinstance(key, Tombstone) for key in keys.values())

    # Who writes again is a new lead, with words of their own.
    new = Canaries(phone=back.phone)
    await world.writes(new, {"conversation": new.say("text")})
    of_new = await world.conversation(new, besides=of_back["lead_id"])
    assert of_new["lead_id"] != of_back["lead_id"]
    await world.answered(of_new["id"])

    # A generation made with the tombstones is equal; shown, it leaves nothing of the old one's pages.
    compared = orjson.loads(operate(world.stack, "rebuild", "--compare", "--json").stdout)
    assert (compared["equal"], compared["differing"]) == (True, [])
    shown = orjson.loads(operate(world.stack, "rebuild", "--json").stdout)
    assert (shown["equal"], shown["shown"]) == (True, True)
    places.flush()
    everything = await places.everywhere(gone.needles())
    assert everything == set(), sorted(everything)
    words_of_before: Needles = {"text": back.needles()["text"], "phone": ()}
    assert await places.everywhere(words_of_before) == set()

    # The day keys age out, by a clock that the test moves; then even the vault opens no body of before.
    await complete(world, of_gone["lead_id"], record)
    assert (await world.lead(of_gone["lead_id"]))["erasure"] == "completed"
    assert await places.everywhere(gone.needles()) == set()

    await restored(world, backup, journeys)


async def first_body(world: World, who: Canaries) -> LogRecord:
    """The raw body of one of the person's messages, opened as whoever holds the vault and the log could."""
    log = IngressLog(world.settings.kafka_bootstrap, Topics(world.settings.topic_prefix).ingress)
    for partition in range(world.settings.partitions):
        offset = 0
        while (record := await log.record(partition, offset)) is not None:
            offset += 1
            if who.phone.encode() in await raw_body(world.vault, record):
                return record
    raise AssertionError("no body of theirs in [ingress]")


async def raw_body(vault: Vault, record: LogRecord) -> bytes:
    envelope = IngressRecord.read(record.value, record.headers)
    key = await vault.daykeys.open(envelope.day_key)
    return open_body(key, body_aad(envelope.company, envelope.instance), envelope.sealed or b"")


async def complete(world: World, lead: str, record: LogRecord) -> None:
    """The effect `complete_erasure`, first too early, then with a clock beyond the last day."""
    settings = world.settings
    number = await world.vault.generations.active()
    assert number is not None
    dsn = settings.dsn(Role.RUNNER, database_name(number))
    async with AsyncExitStack() as stack:
        reads = await stack.enter_async_context(ReadDb(dsn))
        listener = await stack.enter_async_context(Listener(dsn))
        log = RawLog(settings.kafka_bootstrap)
        stack.push_async_callback(log.stop)
        commands = CommandLog(log, Topics(settings.topic_prefix), partitions=settings.partitions)
        commander = Commander(commands, Outcomes(reads, listener))
        row = await EffectStore(reads).get(
            world.api.tenant, effect_id(lead_journey(lead), EffectKind.COMPLETE_ERASURE, lead)
        )
        assert row is not None
        assert row.due_at > datetime.now(UTC) + timedelta(days=13)

        def effect(days: int) -> CompleteErasureEffect:
            aging = Aging(world.vault, timedelta(days=days))
            return CompleteErasureEffect(EventReader(reads), commander, aging)

        assert isinstance(await effect(14)(Job(row)), Again), "the last day is still kept"
        assert await raw_body(world.vault, record)
        assert isinstance(await effect(16)(Job(row)), Done)
        with pytest.raises(DayKeyGone):
            await raw_body(world.vault, record)


async def restored(world: World, backup: Path, journeys: list[str]) -> None:
    """As the runbook says it: a backup of before the erasure does not bring a key back."""
    settings = world.settings
    with psycopg.connect(settings.admin_dsn(), autocommit=True) as connection:
        connection.execute("drop database legion_vault with (force)")
        connection.execute("create database legion_vault owner legion_vault")
        connection.execute("revoke all on database legion_vault from public")
    done = operate(world.stack, "vault", "restore", str(backup))
    assert done.returncode == 0, done.stderr
    assert orjson.loads(done.stdout)["since"]["erasures"] == 2
    async with open_vault(settings.dsn(ROLE, DATABASE), settings.keks) as vault:
        keys = await vault.keys.open_many(world.api.tenant, journeys)
        assert all(isinstance(key, Tombstone) for key in keys.values())
