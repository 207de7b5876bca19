"""A running `legion up` with a company on it, leads that write, and hands to reach into it."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final
from uuid import uuid4

import httpx
import orjson
import psycopg

from cli.demo.client import INSTANCE, Legion, until
from cli.demo.seed import Provider, seed
from cli.settings import PREFIX, Settings
from cli.stack.plan import Plan, make_plan
from cli.stack.secrets import load_secrets
from domain.kernel.errors import Unavailable
from projections.names import Role, database_name
from projections.pool import unavailable_when_away
from proof.ground.stack import Stack
from proof.harm.children import kill_child

BACK_S: Final = 180.0
SEED_S: Final = 180.0
LATE_S: Final = 3 * 3600
"""Older than messages that open a turn: what is counted by these needs no answers."""

LATE_PHONES: Final = "551190"
"""With seven digits of the lead's number behind it: who writes so late."""

LEADS: Final = 4
"""Who write at the same time."""

EACH: Final = 50
"""Messages of one lead, then another writes: lives of one size, and what is kept at hand turns over all the while."""

AGAIN_S: Final = 0.2
"""Before a call that was not answered is made again."""

LOOKS: Final = 500
"""At a server that answers each in well below a millisecond."""


@dataclass(slots=True)
class Running:
    """The stack, its company, and hands on it. http: the API as the bootstrap actor; legion: the same for the company.
    settings: with the superuser's password, for oracles. generation: the read database that is looked at."""

    stack: Stack
    plan: Plan
    settings: Settings
    http: httpx.AsyncClient
    legion: Legion
    generation: int = 1
    statuses: Counter[int] = field(default_factory=Counter)
    accepted: list[str] = field(default_factory=list)

    async def kill(self, name: str) -> None:
        """The server dies as by a power cut; the supervisor starts it again."""
        await kill_child(self.stack.process.pid, name, BACK_S)

    async def posts(self, lead: int, text: str) -> None:
        """As Evolution does: again and again until it is accepted."""
        id_ = uuid4().hex
        key = {"remoteJid": f"{LATE_PHONES}{lead:07d}@s.whatsapp.net", "fromMe": False, "id": id_}
        sent_at = int(time.time()) - LATE_S
        data = {"key": key, "message": {"conversation": text}, "messageTimestamp": sent_at}
        body = orjson.dumps({"event": "messages.upsert", "instance": INSTANCE, "data": data})
        headers = {"x-webhook-secret": self.plan.webhook_secret}
        while True:
            answer = await self.http.post(f"/ingress/evolution/{INSTANCE}", content=body, headers=headers)
            self.statuses[answer.status_code] += 1
            if answer.status_code == 200:
                self.accepted.append(id_)
                return
            assert answer.status_code == 503, answer.text
            await asyncio.sleep(0.2)

    async def insists(self, path: str, body: dict[str, Any], key: str, *, tenant: str = "") -> dict[str, Any]:
        """As a person does who tries again until they are answered. tenant: none: a call to the holding."""
        headers = {"idempotency-key": key} | ({"x-tenant-id": tenant} if tenant else {})
        while True:
            with suppress(httpx.TransportError):
                answer = await self.http.post(path, json=body, headers=headers)
                if answer.status_code in (HTTPStatus.OK, HTTPStatus.ACCEPTED):
                    found: dict[str, Any] = answer.json()
                    return found
                assert answer.status_code in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS), answer.text
            await asyncio.sleep(AGAIN_S)

    async def rows(self, query: str) -> list[tuple[object, ...]]:
        dsn = self.settings.dsn(Role.RUNNER, database_name(self.generation))
        with unavailable_when_away():
            async with await psycopg.AsyncConnection.connect(dsn) as conn:
                return list(await (await conn.execute(query.encode())).fetchall())

    async def positions(self) -> dict[int, int]:
        """Partition → next offset of the projector."""
        found = await self.rows("select partition, next_offset from work.positions")
        return {int(str(partition)): int(str(offset)) for partition, offset in found}

    async def projecting(self) -> bool:
        """Looks for a while whether the projector is within a transaction; True at the moment that it is."""
        query = "select count(*) from pg_stat_activity where usename = %s and state <> 'idle'"
        with unavailable_when_away():
            async with await psycopg.AsyncConnection.connect(self.settings.admin_dsn(), autocommit=True) as conn:
                for _ in range(LOOKS):
                    row = await (await conn.execute(query, (Role.PROJECTOR,))).fetchone()
                    if row is not None and row[0]:
                        return True
        return False

    async def asks(self) -> str:
        """A new lead writes to the simulated WhatsApp; their phone."""
        phone = f"55118{uuid4().int % 10**8:08d}"
        async with httpx.AsyncClient(base_url=self.plan.urls["evolution"], trust_env=False) as simulator:
            body = {"instance": INSTANCE, "phone": phone, "text": "oi"}
            (await simulator.post("/_sim/lead", json=body)).raise_for_status()
        return phone

    async def shown(self, phone: str) -> list[str]:
        async with httpx.AsyncClient(base_url=self.plan.urls["evolution"], trust_env=False) as simulator:
            query = {"instance": INSTANCE, "phone": phone}
            return [each["text"] for each in (await simulator.get("/_sim/sent", params=query)).json()]

    async def topics(self, phone: str) -> list[str]:
        """Of the conversation's events, in order."""
        found = await self.rows(
            "select j.topic from core.journal j join core.conversations c on j.stream = 'conversation-' || c.id"
            f" where c.address like '{phone}%' and j.version is not null order by j.version"
        )
        return [str(topic) for (topic,) in found]

    async def answers(self) -> None:
        """A new lead is answered: writer, projector and streams are at work."""
        phone = await self.asks()

        async def shown() -> bool:
            return bool(await self.shown(phone))

        await until("an answer", shown, BACK_S)

    async def clickhouse_agrees(self) -> bool:
        [(journal,)] = await self.rows("select count(*) from core.journal")
        auth = ("legion", self.plan.env["LEGION_CLICKHOUSE_PASSWORD"])
        async with httpx.AsyncClient(trust_env=False, auth=auth) as http:
            query = {"query": "select count() from legion.events"}
            return int((await http.get(self.plan.urls["clickhouse"], params=query)).raise_for_status().text) == journal


@asynccontextmanager
async def at_work(stack: Stack) -> AsyncIterator[Running]:
    """stack: ready, on data of its own. Makes the demo's company."""
    names = (
        "api",
        "evolution",
        "openai",
        "kafka",
        "kafka_controller",
        "postgres",
        "clickhouse",
        "mail",
        "smtp",
        "autentique",
        "meta",
    )
    ports = {name: stack.base + place for place, name in enumerate(names)}
    plan = make_plan(stack.data.resolve(), ports, load_secrets(stack.data))
    values: dict[str, Any] = {name.removeprefix(PREFIX).lower(): value for name, value in plan.env.items() if value}
    settings = Settings(_env_file=None, postgres_admin_password=plan.admin_password, **values)
    async with httpx.AsyncClient(base_url=stack.api, trust_env=False, timeout=60) as http:
        token = await asyncio.to_thread(plan.token_file.read_text)
        http.headers["Authorization"] = f"Bearer {token.strip()}"
        provider = Provider(
            url=plan.env["LEGION_EVOLUTION_URL"],
            api_key=plan.env["LEGION_EVOLUTION_API_KEY"],
            webhook_secret=plan.webhook_secret,
        )
        yield Running(stack, plan, settings, http, await _seeded(Legion(http), provider))


async def _seeded(company: Legion, provider: Provider) -> Legion:
    """What is there already is taken: a demo has no patience with a busy machine, so it is asked again."""
    deadline = time.monotonic() + SEED_S
    while True:
        try:
            return await seed(company, provider, model="sim")
        except Unavailable:
            if time.monotonic() > deadline:
                raise


@asynccontextmanager
async def leads_write(running: Running, pause_s: float = 0.1) -> AsyncIterator[None]:
    """All the while. pause_s: of each lead, between two messages."""

    async def writes(place: int) -> None:
        number = 0
        while not enough.is_set():
            await running.posts(place + LEADS * (number // EACH), f"{number}")
            number += 1
            await asyncio.sleep(pause_s)

    enough = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for place in range(LEADS):
            group.create_task(writes(place))
        try:
            yield
        finally:
            enough.set()
