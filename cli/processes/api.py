"""`legion api`: ingress and /v1."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import uvicorn

from api.access import Access
from api.accounts.browser import Cookies
from api.app import Parts, make_app
from api.auth import Authenticator
from api.edge.quota import Quota
from api.edge.storage import VaultStorage
from api.ingress.accept import Acceptor
from api.ingress.app import Ingress
from api.later import Later
from api.machines import Machines
from api.services import Services
from api.submit import Commander
from api.tenants import Tenants
from api.tokens import AccessTokens
from api.watch import Watch
from cli.processes.common import active_generation, open_reads, raw_log, watch_generation
from cli.settings import Settings
from eventlog.ends import end_offsets
from eventlog.producer import CommandLog
from eventlog.topics import Topics
from gateways.autentique.account import PROVIDER as AUTENTIQUE
from gateways.autentique.verify import verify as verify_autentique
from gateways.evolution.verify import verify
from gateways.meta.client import MetaClient
from gateways.typst.renderer import Renderer
from projections.read.events import EventReader
from projections.read.listener import Listener
from projections.read.outcomes import Outcomes
from vault.accounts.passwords import Passwords
from vault.db import open_vault
from vault.provision import DATABASE, ROLE

GRACE_S = 4
"""A stop takes less than five seconds: longer requests are cut, SSE connections see the shutdown each second."""


@asynccontextmanager
async def compose(settings: Settings, stop: asyncio.Event) -> AsyncIterator[Parts]:
    """The API's parts, opened in order and closed in reverse. stop: set once another generation is active."""
    topics = Topics(settings.topic_prefix)
    async with AsyncExitStack() as stack:
        vault = await stack.enter_async_context(open_vault(settings.dsn(ROLE, DATABASE), settings.keks))
        log = await stack.enter_async_context(raw_log(settings))
        await stack.enter_async_context(watch_generation(vault, await active_generation(vault), stop))
        reads, dsn = await open_reads(stack, settings, vault)
        listener = await stack.enter_async_context(Listener(dsn))
        outcomes = Outcomes(reads, listener)
        commands = CommandLog(log, topics, partitions=settings.partitions)
        access_tokens, access = AccessTokens(vault.signing, settings.public_url), Access(vault, reads)
        machines = Machines(vault.api_keys, reads)
        passwords = Passwords()
        stack.callback(passwords.close)
        renderer = Renderer()
        stack.callback(renderer.close)
        later = Later()
        stack.push_async_callback(later.close)
        services = Services(
            authenticator=Authenticator(vault.tokens, access_tokens, access, machines, Tenants(reads)),
            access_tokens=access_tokens,
            access=access,
            passwords=passwords,
            cookies=Cookies.of(settings.public_url, settings.origins),
            later=later,
            renderer=renderer,
            commander=Commander(commands, outcomes, settings.command_wait_ms / 1000),
            vault=vault,
            watch=Watch(vault.counts),
            quota=Quota(VaultStorage(vault.rates)),
            log=log,
            reads=reads,
            events=EventReader(reads),
            listener=listener,
            meta=await stack.enter_async_context(MetaClient(settings.meta_url)),
            public_url=settings.public_url,
            partitions=settings.partitions,
            ingress_ends=lambda: end_offsets(settings.kafka_bootstrap, topics.ingress, settings.partitions),
            demo_url=settings.evolution_url if settings.demo else None,
            mails_url=settings.mail_sink_url or None if settings.demo else None,
        )
        acceptor = Acceptor(vault, log, topics)
        verifiers = {"evolution": verify, AUTENTIQUE: verify_autentique}
        yield Parts(
            services,
            Ingress(acceptor, verifiers, signs_body=frozenset({AUTENTIQUE}), per_minute=settings.rate_instance),
        )


def serve(settings: Settings) -> None:
    """Until a signal, or until another generation is active: then the supervisor starts us anew on it."""
    stop = asyncio.Event()
    app = make_app(
        lambda: compose(settings, stop),
        edge=settings.edge,
        own_pages=settings.own_pages,
        stopping=lambda: server.should_exit,
    )

    async def look() -> None:
        server.should_exit = server.should_exit or stop.is_set()

    config = uvicorn.Config(
        app,
        host=settings.api_host,
        port=settings.api_port,
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=GRACE_S,
        server_header=False,
        proxy_headers=False,  # api/edge/client.py looks itself
        callback_notify=look,
        timeout_notify=1,
    )
    server = uvicorn.Server(config)
    server.run()
