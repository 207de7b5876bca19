"""The parts of `legion dlq`."""

from __future__ import annotations

import getpass
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from api.ingress.accept import Acceptor
from cli.dlq.again import Again
from cli.processes.common import raw_log
from cli.settings import Settings
from eventlog.dead_letters import Letters, read_letters
from eventlog.topics import Topics, cluster_id
from streams.ingress_log import IngressLog
from vault.db import open_vault
from vault.provision import DATABASE, ROLE


async def letters_of(settings: Settings) -> Letters:
    """What stands in [dlq]. Raises Unavailable."""
    await cluster_id(settings.kafka_bootstrap)  # a broker that is away is told at once, in words
    return await read_letters(settings.kafka_bootstrap, Topics(settings.topic_prefix).dlq)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[tuple[Letters, Again]]:
    """The letters, and the hand that runs them again."""
    topics = Topics(settings.topic_prefix)
    async with AsyncExitStack() as stack:
        letters = await letters_of(settings)
        vault = await stack.enter_async_context(open_vault(settings.dsn(ROLE, DATABASE), settings.keks))
        log = await stack.enter_async_context(raw_log(settings))
        again = Again(
            vault=vault,
            acceptor=Acceptor(vault, log, topics),
            fetch=IngressLog(settings.kafka_bootstrap, topics.ingress).record,
            by=getpass.getuser(),
        )
        yield letters, again
