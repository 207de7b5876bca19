"""The whole way of a message on real parts: ingress, writer, projector in this process, simulators beside it.

`Ground` is what is the same for all tests of a module; `proof.ground.shop` has companies and leads to put on it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final, TypeVar
from uuid import uuid4

import httpx
import psycopg

from api.ingress.accept import Acceptor
from api.ingress.app import Ingress
from cli.processes.writer import Journal
from commands.config import WriterConfig
from commands.writer import run_writer
from domain.kernel.actor import BOOTSTRAP
from domain.kernel.command import Command, CommandMeta
from domain.routing import ROUTES
from eventlog.dlq import Dlq
from eventlog.producer import CommandLog, RawLog
from eventlog.topics import Topics, cluster_id, create_topics
from gateways.autentique.account import PROVIDER as AUTENTIQUE
from gateways.autentique.client import AutentiqueClient
from gateways.autentique.verify import verify as verify_autentique
from gateways.chat.client import ChatClient
from gateways.chat.prices import Price
from gateways.evolution.verify import verify
from gateways.http import Timeouts
from gateways.meta.client import MetaClient
from gateways.typst.renderer import Renderer
from projections.generation import create_generation, dsn_for
from projections.journal import JournalReader
from projections.names import Passwords, Role
from projections.pool import open_pool, unavailable_when_away
from projections.postgres import PostgresProjector
from projections.provision import provision_company
from projections.read.db import ReadDb
from projections.read.listener import Listener
from projections.read.outcomes import Outcomes
from projections.run import Source, run_projector
from proof.embedded_servers import fresh_database
from proof.ground.edge import PARTITIONS, serving
from proof.ground.mail import mailer_to
from streams.app import run_streams
from streams.config import StreamsConfig, StreamsParts
from streams.effects.evolution import EvolutionChannels
from vault.db import Vault, open_vault
from vault.kek import KeyEncryptionKeys, generate
from vault.migrate import migrate

PASSWORDS: Final = Passwords(projector="p1", runner="r2", app="a3", writer="w4", provisioner="v5")
SECRET: Final = "webhook-secret-of-tests"
SIM_KEY: Final = "sim-key"
LEASE: Final = timedelta(seconds=2)
LINKS: Final = "https://console.example"
NOBODY: Final = 1
"""A port where no server is: most proofs mail and sign nothing."""

VERIFIERS: Final = {"evolution": verify, AUTENTIQUE: verify_autentique}

PRICE: Final = Price(prompt_micros=150_000, completion_micros=600_000)

T = TypeVar("T")


async def until(what: str, ask: Callable[[], Awaitable[T | None]], timeout_s: float = 30.0) -> T:
    """Asks until the answer is neither None nor False."""
    deadline = time.monotonic() + timeout_s
    while True:
        answer = await ask()
        if answer is not None and answer is not False:
            return answer
        assert time.monotonic() < deadline, f"{what}: not within {timeout_s} s"
        await asyncio.sleep(0.05)


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where everything is: enough for another process to join. smtp_port: of the mail sink. autentique, meta: of their
    simulators, where a proof needs one."""

    kafka: str
    prefix: str
    admin_dsn: str
    database_prefix: str
    vault_dsn: str
    kek: str
    evolution: str
    openai: str
    send_timeout_ms: int = 2_000
    ai_timeout_ms: int = 3_000
    smtp_port: int = NOBODY
    autentique: str = f"http://127.0.0.1:{NOBODY}"
    sign_timeout_ms: int = 2_000
    meta: str = f"http://127.0.0.1:{NOBODY}"

    def mailing(self, smtp_port: int) -> Places:
        """The same, with a mail sink."""
        return replace(self, smtp_port=smtp_port)

    def reporting(self, meta: str) -> Places:
        """The same, with a Graph API."""
        return replace(self, meta=meta)

    @property
    def topics(self) -> Topics:
        return Topics(self.prefix)

    @property
    def keys(self) -> KeyEncryptionKeys:
        return KeyEncryptionKeys.from_settings({"k1": self.kek}, "k1")

    def dsn(self, role: Role) -> str:
        return dsn_for(self.admin_dsn, 1, role, PASSWORDS.by_role()[role], prefix=self.database_prefix)

    @property
    def superuser_dsn(self) -> str:
        """The generation, read by who sees every row."""
        return dsn_for(self.admin_dsn, 1, None, "", prefix=self.database_prefix)

    @property
    def config(self) -> StreamsConfig:
        return StreamsConfig(
            bootstrap=self.kafka,
            topics=self.topics,
            default_model="sim",
            links_url=LINKS,
            partitions=PARTITIONS,
            group=f"{self.prefix}streams",
            lease=LEASE,
            ai_rest_s=0.2,
            prices={"sim": PRICE},
        )


def places_on(kafka: str, admin_dsn: str, evolution: str, openai: str) -> Places:
    """New names for everything on running servers."""
    unique = uuid4().hex[:10]
    return Places(
        kafka=kafka,
        prefix=f"t{unique}.",
        admin_dsn=admin_dsn,
        database_prefix=f"t{unique}_g",
        vault_dsn=fresh_database(admin_dsn),
        kek=generate(),
        evolution=evolution,
        openai=openai,
    )


@asynccontextmanager
async def streams_parts(places: Places) -> AsyncIterator[StreamsParts]:
    """As the composition root makes them."""
    async with AsyncExitStack() as stack:
        vault = await stack.enter_async_context(open_vault(places.vault_dsn, places.keys))
        reads = await stack.enter_async_context(ReadDb(places.dsn(Role.RUNNER)))
        listener = await stack.enter_async_context(Listener(places.dsn(Role.RUNNER)))
        log = RawLog(places.kafka)
        stack.push_async_callback(log.stop)
        seconds = places.ai_timeout_ms / 1000
        chat = await stack.enter_async_context(
            ChatClient(f"{places.openai}/v1", "k", silence_s=seconds, total_s=seconds)
        )
        channels = EvolutionChannels(places.evolution, SIM_KEY, places.send_timeout_ms, reads, vault.credentials)
        stack.push_async_callback(channels.close)

        seconds = places.sign_timeout_ms / 1000
        autentique = await stack.enter_async_context(
            AutentiqueClient("", base_url=places.autentique, timeouts=Timeouts(3.0, seconds, seconds))
        )
        renderer = Renderer()
        stack.callback(renderer.close)

        async def provision(company: str) -> None:
            with unavailable_when_away():
                async with await psycopg.AsyncConnection.connect(places.dsn(Role.PROVISIONER), autocommit=True) as conn:
                    await provision_company(conn, company)

        yield StreamsParts(
            vault=vault,
            reads=reads,
            listener=listener,
            commands=CommandLog(log, places.topics, partitions=PARTITIONS),
            dlq=Dlq(log, places.topics),
            channels=channels,
            chat=chat,
            mailer=mailer_to(places.smtp_port),
            autentique=autentique,
            renderer=renderer,
            meta=await stack.enter_async_context(MetaClient(places.meta)),
            provision=provision,
        )


@dataclass(slots=True)
class Ground:
    """A running Legion but for `streams`, and hands to reach into it."""

    places: Places
    vault: Vault
    reads: ReadDb
    outcomes: Outcomes
    commands: CommandLog
    raw: RawLog
    ingress_url: str
    http: httpx.AsyncClient
    acceptor: Acceptor

    async def run(self, tenant: str, journey: str, command: Command, *, id_: str | None = None) -> None:
        """id_: of the command, None for a fresh one."""
        meta = CommandMeta(command_id=id_ or str(uuid4()), tenant=tenant, journey=journey, actor=BOOTSTRAP)
        await self.commands.submit(meta, command)
        outcome = await self.outcomes.wait(journey, meta.command_id, 20)
        assert outcome is not None, command
        assert outcome.accepted, outcome

    async def fault(self, url: str, **fault: Any) -> None:
        (await self.http.post(f"{url}/_faults", json=fault)).raise_for_status()

    async def no_faults(self) -> None:
        for url in (self.places.evolution, self.places.openai):
            (await self.http.delete(f"{url}/_faults")).raise_for_status()


@asynccontextmanager
async def ground(places: Places) -> AsyncIterator[Ground]:
    """Topics, vault, generation, writer, projector, ingress."""
    await create_topics(places.kafka, places.topics, PARTITIONS, single_node=True)
    await migrate(places.vault_dsn)
    await create_generation(places.admin_dsn, 1, PASSWORDS, prefix=places.database_prefix)
    stop = asyncio.Event()
    async with AsyncExitStack() as stack:
        vault = await stack.enter_async_context(open_vault(places.vault_dsn, places.keys))
        if await vault.generations.active() is None:
            await vault.generations.flip(await vault.generations.begin(), None)
        pool = await stack.enter_async_context(open_pool(places.dsn(Role.WRITER)))
        journal = Journal(JournalReader(pool))
        config = WriterConfig(
            bootstrap=places.kafka,
            routes=ROUTES,
            topics=places.topics,
            partitions=PARTITIONS,
            group=f"{places.prefix}writer",
        )
        projector = PostgresProjector(places.dsn(Role.PROJECTOR), 1, vault.keys)
        source = Source(
            bootstrap=places.kafka,
            topic=places.topics.events,
            cluster=await cluster_id(places.kafka),
            partitions=range(PARTITIONS),
        )
        tasks = [
            asyncio.create_task(run_writer(config, journal, journal, stop)),
            asyncio.create_task(run_projector(projector, source, vault.generations.active, stop)),
        ]

        async def end() -> None:
            stop.set()
            await asyncio.gather(*tasks)
            await projector.close()

        stack.push_async_callback(end)
        reads = await stack.enter_async_context(ReadDb(places.dsn(Role.RUNNER)))
        listener = await stack.enter_async_context(Listener(places.dsn(Role.RUNNER)))
        raw = RawLog(places.kafka)
        stack.push_async_callback(raw.stop)
        acceptor = Acceptor(vault, raw, places.topics)
        port = await stack.enter_async_context(
            serving(Ingress(acceptor, VERIFIERS, signs_body=frozenset({AUTENTIQUE})))
        )
        # A connection each time: a kept one may just be closed by the simulator when the next request goes out.
        limits = httpx.Limits(max_keepalive_connections=0)
        http = await stack.enter_async_context(httpx.AsyncClient(trust_env=False, timeout=30, limits=limits))
        yield Ground(
            places,
            vault,
            reads,
            Outcomes(reads, listener),
            CommandLog(raw, places.topics, partitions=PARTITIONS),
            raw,
            f"http://127.0.0.1:{port}",
            http,
            acceptor,
        )


@asynccontextmanager
async def streams(places: Places) -> AsyncIterator[StreamsParts]:
    """The streams process, in this one."""
    stop = asyncio.Event()
    async with streams_parts(places) as parts:
        task = asyncio.create_task(run_streams(places.config, parts, stop))
        try:
            yield parts
        finally:
            stop.set()
            await task
