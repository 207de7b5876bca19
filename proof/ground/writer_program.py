"""A writer's process to be killed, frozen and restarted: `python -m proof.ground.writer_program JSON`."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from pathlib import Path
from typing import Any

import orjson
import structlog

from commands.config import WriterConfig
from commands.writer import run_writer
from eventlog.topics import Topics
from proof.bugs.planting import plant
from proof.ground.journal import MemoryJournal
from proof.ground.tallies import ROUTES, make_codec


async def main(options: dict[str, Any]) -> None:
    plant(options["bug"])
    codec = make_codec(Path(options["schemas"]))
    topics = Topics(options["prefix"])
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    journal = MemoryJournal(options["journal"], topics.events, options["partitions"], codec, lag=options["lag"])
    await journal.start()
    config = WriterConfig(
        bootstrap=options["bootstrap"],
        routes=ROUTES,
        topics=topics,
        partitions=options["partitions"],
        group=options["group"],
        codec=codec,
        session_timeout_s=options["session_s"],
        produce_timeout_s=options["produce_s"],
    )
    await run_writer(config, journal, journal, stop)
    await journal.stop()


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    asyncio.run(main(orjson.loads(sys.argv[1])))
