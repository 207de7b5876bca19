"""One record of [ingress] by its place, for re-runs: they are rare, so that each opens a consumer of its own."""

from __future__ import annotations

from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from domain.kernel.errors import Unavailable
from eventlog.closing import close_consumer
from eventlog.consumer import log_record
from eventlog.model import LogRecord

FETCH_MS: Final = 5_000


class IngressLog:
    def __init__(self, bootstrap: str, topic: str) -> None:
        self._bootstrap = bootstrap
        self._topic = topic

    async def record(self, partition: int, offset: int) -> LogRecord | None:
        """None when it has aged out. Raises Unavailable."""
        place = TopicPartition(self._topic, partition)
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap, enable_auto_commit=False, auto_offset_reset="none", max_poll_records=1
        )
        try:
            await consumer.start()
            consumer.assign([place])
            begins = await consumer.beginning_offsets([place])
            ends = await consumer.end_offsets([place])
            if not begins[place] <= offset < ends[place]:
                return None
            consumer.seek(place, offset)
            batch = await consumer.getmany(place, timeout_ms=FETCH_MS, max_records=1)
        except KafkaError as error:
            raise Unavailable("kafka_unavailable", type(error).__name__) from error
        finally:
            await close_consumer(consumer)
        if not batch:
            raise Unavailable("kafka_silent", f"partition {partition} offset {offset}")
        found = log_record(batch[place][0])
        return found if found.offset == offset else None
