"""What stands in [dlq] now: which processor could not handle which record, and why. Bodies are left out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from eventlog.topics import cluster_id

SHOWN = ("id", "processor", "code", "detail", "source")


async def dead_letters(bootstrap: str, topic: str) -> AsyncIterator[dict[str, Any]]:
    """Each letter as `{at, offset, id, processor, code, detail, source}`, the eldest first. Raises Unavailable.

    offset: of the letter. source: topic, partition, offset of the record that it is about.
    """
    await cluster_id(bootstrap)  # a broker that is away is told at once, in words
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False) as consumer:
        place = TopicPartition(topic, 0)  # it has one partition (eventlog/topics.py)
        consumer.assign([place])
        await consumer.seek_to_beginning(place)
        end = (await consumer.end_offsets([place]))[place]
        while await consumer.position(place) < end:
            for records in (await consumer.getmany(place, timeout_ms=1000)).values():
                for record in records:
                    letter = orjson.loads(record.value)
                    at = datetime.fromtimestamp(record.timestamp / 1000, UTC)
                    yield {"at": at, "offset": record.offset} | {name: letter[name] for name in SHOWN}
