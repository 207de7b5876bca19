"""A writer of the tests' own domain in this process, on a real broker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from commands.config import WriterConfig
from commands.writer import run_writer
from proof.ground.field import Field
from proof.ground.journal import MemoryJournal
from proof.ground.tallies import ROUTES


def config_of(field: Field) -> WriterConfig:
    return WriterConfig(
        bootstrap=field.bootstrap,
        routes=ROUTES,
        topics=field.topics,
        partitions=field.partitions,
        group=field.group,
        codec=field.codec,
        session_timeout_s=2.0,
    )


@asynccontextmanager
async def writing(
    field: Field, *, lag: int = 0, journal_class: type[MemoryJournal] = MemoryJournal
) -> AsyncIterator[asyncio.Event]:
    """A writer that runs meanwhile."""
    journal = journal_class(field.bootstrap, field.topics.events, field.partitions, field.codec, lag=lag)
    await journal.start()
    stop = asyncio.Event()
    task = asyncio.create_task(run_writer(config_of(field), journal, journal, stop))
    try:
        yield stop
    finally:
        stop.set()
        await task
        await journal.stop()
