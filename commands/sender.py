"""One generation's producer: sends in order, each under our own time-out; thrown away as a whole."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from commands.actions import Send
from eventlog.closing import abandon_producer
from eventlog.topics import MAX_BATCH_BYTES

CONNECT_S: Final = 5.0
log = structlog.get_logger()
Acknowledged = Callable[[int, int], None]
Failed = Callable[[int, str], None]


class Sender:
    """acknowledged(token, first offset), failed(token, why): called once for each send, unless abandoned before."""

    def __init__(
        self,
        bootstrap: str,
        topic: str,
        partition: int,
        *,
        timeout_s: float,
        acknowledged: Acknowledged,
        failed: Failed,
    ) -> None:
        self._topic = topic
        self._partition = partition
        self._timeout_s = timeout_s
        self._acknowledged = acknowledged
        self._failed = failed
        self._queue: asyncio.Queue[Send] = asyncio.Queue()
        self._timers: dict[int, asyncio.TimerHandle] = {}
        self._abandoned = False
        self._task: asyncio.Task[None] | None = None
        # acks=all and idempotence: the broker itself drops what its client retries. One batch is one commit or more,
        # never split: so it must be as large as the largest commit. No lingering: batches are made by us.
        self._producer = AIOKafkaProducer(
            bootstrap_servers=bootstrap,
            enable_idempotence=True,
            acks="all",
            linger_ms=0,
            compression_type="zstd",
            max_batch_size=MAX_BATCH_BYTES,
            max_request_size=2 * MAX_BATCH_BYTES,
            request_timeout_ms=int(CONNECT_S * 1000),  # ours is the timer below
        )

    async def start(self) -> None:
        """Connects. Raises KafkaError or TimeoutError."""
        async with asyncio.timeout(CONNECT_S):
            await self._producer.start()
        self._task = asyncio.create_task(self._run())

    def send(self, send: Send) -> None:
        """Queues it. The clock runs from here: whatever holds it up, the answer is late."""
        loop = asyncio.get_running_loop()
        self._timers[send.token] = loop.call_later(self._timeout_s, self._end, send.token, "timeout")
        self._queue.put_nowait(send)

    async def abandon(self) -> None:
        """What is not acknowledged is forgotten here; it may still reach the log, as a void. Bounded."""
        self._abandoned = True
        for timer in self._timers.values():
            timer.cancel()
        if self._task is not None:
            self._task.cancel()
        await abandon_producer(self._producer)

    async def _run(self) -> None:
        while True:
            send = await self._queue.get()
            try:
                future = await self._producer.send_batch(self._batch(send), self._topic, partition=self._partition)
            except Exception as error:  # whatever it is: whether it was written is not known, so all is discarded
                if not isinstance(error, KafkaError):
                    log.exception("send_crashed", partition=self._partition)
                self._end(send.token, type(error).__name__)
            else:
                future.add_done_callback(partial(self._done, send.token))

    def _batch(self, send: Send) -> Any:
        batch = self._producer.create_batch()
        for record in send.records:
            if batch.append(key=record.key, value=record.value, headers=list(record.headers), timestamp=None) is None:
                raise ValueError("a commit of more than one batch")  # assemble has sized it: a bug
        batch.close()
        return batch

    def _done(self, token: int, future: asyncio.Future[Any]) -> None:
        if future.cancelled():
            self._end(token, "cancelled")
        elif (error := future.exception()) is not None:
            self._end(token, type(error).__name__)
        elif (timer := self._timers.pop(token, None)) is not None and not self._abandoned:
            timer.cancel()
            self._acknowledged(token, future.result().offset)

    def _end(self, token: int, why: str) -> None:
        if (timer := self._timers.pop(token, None)) is not None and not self._abandoned:
            timer.cancel()
            self._failed(token, why)
