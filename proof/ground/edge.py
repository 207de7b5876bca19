"""What proofs and tests run and read in their own process: an ASGI app on a free port, a topic read back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

import uvicorn
from aiokafka import AIOKafkaConsumer, TopicPartition

from proof.servers import reserved_port

PARTITIONS: Final = 3
"""Of [ingress], [commands] and [events] here."""


class QuietServer(uvicorn.Server):
    """Leaves pytest's signal handlers alone."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(app: Any, *, lifespan: str = "off", stop: asyncio.Event | None = None) -> AsyncIterator[int]:
    """Runs the ASGI app under uvicorn in this loop; yields its port. stop: set when the server begins to end."""
    with reserved_port() as port:
        config = uvicorn.Config(
            app,
            port=port,
            http="httptools",
            lifespan=lifespan,  # type: ignore[arg-type]  # a Literal there, one of its words here
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=4,
        )
        server = QuietServer(config)
        running = asyncio.create_task(server.serve())
        while not server.started and not running.done():
            await asyncio.sleep(0.01)
        assert server.started, "the server did not start"
        try:
            yield port
        finally:
            server.should_exit = True
            if stop is not None:
                stop.set()
            await running


async def records(bootstrap: str, topic: str) -> list[Any]:
    """Everything that stands in a topic now: [dlq] has one partition, the others have `PARTITIONS`."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="none")
    await consumer.start()
    try:
        places = [TopicPartition(topic, partition) for partition in range(1 if topic.endswith("dlq") else PARTITIONS)]
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        for place in places:
            consumer.seek(place, 0)  # `seek_to_beginning` lands at the end at times
        found: list[Any] = []
        while [place for place in places if await consumer.position(place) < ends[place]]:
            for batch in (await consumer.getmany(timeout_ms=200)).values():
                found += batch
        return found
    finally:
        await consumer.stop()
