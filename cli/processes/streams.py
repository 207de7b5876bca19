"""`legion streams`: Faust's agents, the normaliser and the effect runner."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta

import psycopg

from cli.processes.common import active_generation, open_reads, raw_log, watch_generation
from cli.settings import Settings
from eventlog.dlq import Dlq
from eventlog.producer import CommandLog
from eventlog.topics import Topics
from gateways.chat.client import ChatClient
from gateways.meta.client import MetaClient
from gateways.typst.renderer import Renderer
from projections.names import Role, database_name
from projections.pool import unavailable_when_away
from projections.provision import provision_company
from projections.read.listener import Listener
from streams.app import run_streams
from streams.config import StreamsConfig, StreamsParts
from streams.effects.evolution import EvolutionChannels
from vault.db import open_vault
from vault.provision import DATABASE, ROLE


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Until `stop`, or until another generation is active."""
    topics = Topics(settings.topic_prefix)
    config = StreamsConfig(
        bootstrap=settings.kafka_bootstrap,
        topics=topics,
        default_model=settings.openai_model,
        links_url=settings.links_url,
        partitions=settings.partitions,
        late_after=timedelta(seconds=settings.late_after_s),
        prices=settings.prices,
        dlq_alarm=settings.dlq_alarm,
    )
    async with AsyncExitStack() as stack:
        vault = await stack.enter_async_context(open_vault(settings.dsn(ROLE, DATABASE), settings.keks))
        number = await active_generation(vault)
        reads, dsn = await open_reads(stack, settings, vault)
        listener = await stack.enter_async_context(Listener(dsn))
        log = await stack.enter_async_context(raw_log(settings))
        chat = await stack.enter_async_context(
            ChatClient(
                settings.openai_url,
                settings.openai_api_key.get_secret_value(),
                silence_s=settings.ai_timeout_ms / 1000,
                total_s=settings.ai_timeout_ms / 1000,
            )
        )
        channels = EvolutionChannels(
            settings.evolution_url,
            settings.evolution_api_key.get_secret_value(),
            settings.send_timeout_ms,
            reads,
            vault.credentials,
        )
        stack.push_async_callback(channels.close)
        renderer = Renderer()
        stack.callback(renderer.close)
        meta = await stack.enter_async_context(MetaClient(settings.meta_url))
        await stack.enter_async_context(watch_generation(vault, number, stop))
        parts = StreamsParts(
            vault=vault,
            reads=reads,
            listener=listener,
            commands=CommandLog(log, topics, partitions=settings.partitions),
            dlq=Dlq(log, topics),
            channels=channels,
            chat=chat,
            mailer=settings.mailer,
            autentique=await stack.enter_async_context(settings.autentique()),
            renderer=renderer,
            meta=meta,
            provision=lambda company: provision(settings, number, company),
        )
        await run_streams(config, parts, stop)


async def provision(settings: Settings, number: int, company: str) -> None:
    """Makes the company's schema in the generation. Raises Unavailable."""
    dsn = settings.dsn(Role.PROVISIONER, database_name(number))
    with unavailable_when_away():
        async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as conn:
            await provision_company(conn, company)
