"""Legion's API with writer and projector, made by the composition roots, in this process on real servers."""

from __future__ import annotations

import asyncio
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from os import urandom
from typing import Any, TypeVar
from uuid import uuid4

import httpx
import orjson

from api.app import make_app
from cli.processes import api, projector, writer
from cli.processes.common import passwords
from cli.settings import Settings
from domain.conversation.commands import ReceiveMessage
from domain.conversation.parts import AliasRef, Handling, SourcePosition
from domain.kernel.actor import BOOTSTRAP
from domain.kernel.command import CommandMeta
from domain.kernel.ids import conversation_id, lead_journey
from embedded.postgres import PostgresConfig
from eventlog.producer import CommandLog, RawLog
from eventlog.topics import Topics, create_topics
from projections.generation import create_generation
from proof.embedded_servers import PASSWORD
from proof.ground.edge import PARTITIONS, serving
from vault.db import Vault, open_vault
from vault.migrate import migrate
from vault.provision import ROLE, provision
from vault.sealing import seal

T = TypeVar("T")

KEPT_S = 2.0
"""For how long a client keeps an idle connection: less than the server's five seconds, or both let go at once."""
PATIENCE_MS = 20_000
"""For a write's outcome: three workers of tests share two processors."""
PLENTY = 1_000_000
"""Calls in a minute: all tests of a module come from one address, and poll."""


async def until(what: str, ask: Callable[[], Awaitable[T | None]], timeout_s: float = 20.0) -> T:
    """Asks until the answer is truthy."""
    deadline = time.monotonic() + timeout_s
    while not (answer := await ask()):
        assert time.monotonic() < deadline, f"{what}: not within {timeout_s} s"
        await asyncio.sleep(0.05)
    return answer


def make_settings(kafka: str, postgres: PostgresConfig, **more: Any) -> Settings:
    """Of a Legion of its own on these servers."""
    values: dict[str, Any] = {
        "kafka_bootstrap": kafka,
        "topic_prefix": f"test-{uuid4().hex}.",
        "partitions": PARTITIONS,
        "postgres_host": postgres.host,
        "postgres_port": postgres.port,
        "postgres_admin_password": PASSWORD,
        "postgres_role_secret": "role-secret-of-tests",
        "vault_keks": f"k1:{b64encode(urandom(32)).decode()}",
        "clickhouse_host": "127.0.0.1",
        "clickhouse_port": 1,
        "clickhouse_password": "unused",
        "evolution_url": "http://127.0.0.1:1",
        "evolution_api_key": "unused",
        "openai_api_key": "unused",
        "meta_url": "http://127.0.0.1:1",
        "api_public_url": "https://legion.example",
        "command_wait_ms": PATIENCE_MS,
        "cors_origins": "https://console.example",
        "rate_address": PLENTY,
        "rate_caller": PLENTY,
        "rate_company": PLENTY,
    }
    return Settings(_env_file=None, **(values | more))


async def set_up(settings: Settings) -> str:
    """As `legion setup`, without ClickHouse, which the API has no part in. Returns the bootstrap token."""
    await create_topics(settings.kafka_bootstrap, Topics(settings.topic_prefix), PARTITIONS, single_node=True)
    dsn = await provision(settings.admin_dsn(), settings.role_password(ROLE))
    await migrate(dsn)
    async with open_vault(dsn, settings.keks) as vault:
        number = await vault.generations.begin()
        await create_generation(settings.admin_dsn(), number, passwords(settings))
        await vault.generations.flip(number, None)
        token = await vault.tokens.ensure_bootstrap()
    assert token is not None
    return token


@dataclass(slots=True)
class Running:
    """One process's main function as a task."""

    run: Callable[[Settings, asyncio.Event], Awaitable[None]]
    settings: Settings
    stop_event: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None

    def start(self) -> None:
        async def main() -> None:
            await self.run(self.settings, self.stop_event)

        self.stop_event.clear()
        self.task = asyncio.create_task(main())

    async def stop(self) -> None:
        if self.task is not None:
            self.stop_event.set()
            with suppress(asyncio.CancelledError):
                await self.task
            self.task = None


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A running Legion, but for streams and analytics."""

    settings: Settings
    token: str
    port: int
    http: httpx.AsyncClient
    vault: Vault
    commands: CommandLog
    writer: Running
    projector: Running

    def tenant(self, company: str) -> dict[str, str]:
        return {"x-tenant-id": company}

    async def company(self, slug: str | None = None) -> str:
        """Makes one. Mostly it is the first thing asked for: on a busy machine writer and projector may still start."""
        body = {"slug": slug or f"s{uuid4().hex[:12]}", "name": "Clínica"}
        key = {"idempotency-key": str(uuid4())}

        async def made() -> str | None:
            answer = await self.http.post("/v1/companies", json=body, headers=key)
            assert answer.status_code in {200, 202, 503, 504}, answer.text
            return str(answer.json()["company"]) if answer.status_code == 200 else None

        return await until("the company", made, 60)

    async def message(
        self, company: str, lead: str, text: str, *, instance: str, handling: Handling | None = None
    ) -> str:
        """A lead wrote, as the normaliser says it. Returns the conversation's id at once."""
        journey = lead_journey(lead)
        key = await self.vault.keys.get_or_create(company, journey)

        def sealed(label: str, words: str) -> Any:
            return seal(key, company, journey, label, words.encode())

        command = ReceiveMessage(
            lead=lead,
            conversation=(conversation := conversation_id(lead, instance)),
            instance=instance,
            channel="whatsapp",
            aliases=(
                AliasRef(scheme="phone", alias_hash=2 * uuid4().hex, value=sealed("alias.value", "+5511987654321")),
            ),
            name=sealed("contact.name", "Maria"),
            name_digest=uuid4().hex,
            message=str(uuid4()),
            provider_id=uuid4().hex,
            kind="text",
            provider_at=None,
            text=sealed("message.text", text),
            content=None,
            quoted_id=None,
            address=sealed("conversation.address", "5511987654321@s.whatsapp.net"),
            handling=handling,
            opts_out=False,
            late=False,
            source=SourcePosition(partition=0, offset=0),
        )
        meta = CommandMeta(command_id=str(uuid4()), tenant=company, journey=journey, actor=BOOTSTRAP)
        await self.commands.submit(meta, command)
        return conversation

    async def lead(self, company: str, text: str = "Oi", *, instance: str | None = None) -> tuple[str, str]:
        """(lead, conversation), once it can be read."""
        lead = str(uuid4())
        conversation = await self.message(company, lead, text, instance=instance or str(uuid4()))

        async def shown() -> bool:
            answer = await self.http.get(f"/v1/conversations/{conversation}", headers=self.tenant(company))
            return answer.status_code == 200

        await until("the conversation", shown)
        return lead, conversation


@asynccontextmanager
async def open_world(settings: Settings) -> AsyncIterator[World]:
    """Sets everything up and runs it."""
    token = await set_up(settings)
    async with AsyncExitStack() as stack:
        running = [Running(writer.run, settings), Running(projector.run, settings)]
        for each in running:
            each.start()
            stack.push_async_callback(each.stop)
        vault = await stack.enter_async_context(open_vault(settings.dsn(ROLE, "legion_vault"), settings.keks))
        log = RawLog(settings.kafka_bootstrap)
        stack.push_async_callback(log.stop)
        stop = asyncio.Event()
        app = make_app(
            lambda: api.compose(settings, stop),
            edge=settings.edge,
            own_pages=settings.own_pages,
            stopping=stop.is_set,
        )
        port = await stack.enter_async_context(serving(app, lifespan="on", stop=stop))
        http = await stack.enter_async_context(
            httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{port}",
                headers={"authorization": f"Bearer {token}"},
                trust_env=False,
                timeout=30,
                limits=httpx.Limits(keepalive_expiry=KEPT_S),
            )
        )
        yield World(
            settings=settings,
            token=token,
            port=port,
            http=http,
            vault=vault,
            commands=CommandLog(log, Topics(settings.topic_prefix), partitions=PARTITIONS),
            writer=running[0],
            projector=running[1],
        )


def events_of(frames: str) -> list[dict[str, Any]]:
    """The `data:` of each server-sent event."""
    return [orjson.loads(line[6:]) for line in frames.splitlines() if line.startswith("data: ")]
