"""What became of a backlog: read from [commands] and [dlq], with the broker's own times."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from statistics import mean
from typing import Final

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from domain.conversation.commands import ReceiveMessage
from eventlog.codec import default_codec
from eventlog.topics import Topics
from proof.ground.backlog import Backlog, Place
from proof.ground.edge import PARTITIONS

DELAY_S: Final = 1.0
SILENT_S: Final = 90.0
"""Nothing new for so long: it has stopped."""


@dataclass(slots=True)
class Seen:
    """at: number of a good body → when its command was appended, broker's milliseconds (the first time). times: how
    often. strange: commands of nobody's."""

    at: dict[int, int] = field(default_factory=dict)
    twice: int = 0
    strange: int = 0


async def read_commands(bootstrap: str, topics: Topics, begins: dict[int, int], wanted: int) -> Seen:
    """Follows [commands] from `begins` until each of so many good bodies has its command, or nothing comes any more."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, max_poll_records=2_000)
    decode, seen = default_codec().decode_command, Seen()
    await consumer.start()
    try:
        places = [TopicPartition(topics.commands, partition) for partition in range(PARTITIONS)]
        consumer.assign(places)
        for place in places:
            consumer.seek(place, begins[place.partition])
        silent = 0.0
        while len(seen.at) < wanted and silent < SILENT_S:
            batches = await consumer.getmany(timeout_ms=500)
            silent = 0.0 if batches else silent + 0.5
            for batch in batches.values():
                for record in batch:
                    _, command = decode(record.value)
                    if not isinstance(command, ReceiveMessage):
                        continue  # the simulator tells of its instances' connections besides
                    number = command.provider_id
                    if not number.isdigit():
                        seen.strange += 1
                    elif int(number) in seen.at:
                        seen.twice += 1
                    else:
                        seen.at[int(number)] = record.timestamp
                await asyncio.sleep(0)
    finally:
        await consumer.stop()
    return seen


@dataclass(frozen=True, slots=True)
class Gaps:
    """Seconds between a good body's command and that of the good one before it in its lane."""

    across: list[float]
    plain: list[float]

    def delayed(self, pause_s: float) -> int:
        """Good bodies that came a second or more later than the one before the poison that precedes them, beyond the
        longest pause of a backlog without poison: the machine has pauses of its own."""
        return sum(gap >= DELAY_S + pause_s for gap in self.across)

    def facts(self) -> dict[str, float]:
        return {
            "longest_gap_across_poison_ms": 1000 * max(self.across, default=0.0),
            "longest_gap_beside_poison_ms": 1000 * max(self.plain, default=0.0),
            "mean_gap_across_poison_ms": 1000 * mean(self.across or [0.0]),
            "mean_gap_beside_poison_ms": 1000 * mean(self.plain or [0.0]),
        }


def gaps(backlog: Backlog, seen: Seen) -> Gaps:
    """A lane's bodies are submitted in their order: what holds one up shows in the gap before the next."""
    across: list[float] = []
    plain: list[float] = []
    for lane in backlog.lanes.values():
        before, poisoned = None, False
        for number in lane:
            if number is None:
                poisoned = True
                continue
            at = seen.at.get(number)
            if at is not None and before is not None:
                (across if poisoned else plain).append(max(0, at - before) / 1000)
            before, poisoned = at if at is not None else before, False
    return Gaps(across, plain)


async def letters(bootstrap: str, topic: str, begin: int, end: int) -> list[dict[str, object]]:
    """Dead letters from an offset of the topic's one partition on."""
    place, found = TopicPartition(topic, 0), list[dict[str, object]]()
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign([place])
        consumer.seek(place, begin)
        while await consumer.position(place) < end:
            for batch in (await consumer.getmany(timeout_ms=500)).values():
                found += [orjson.loads(record.value) for record in batch]
    finally:
        await consumer.stop()
    return found


def places_of(found: list[dict[str, object]]) -> Counter[tuple[Place, str]]:
    """((partition, offset), code) of letters."""
    counted: Counter[tuple[Place, str]] = Counter()
    for letter in found:
        source = letter["source"]
        assert isinstance(source, dict)
        counted[(source["partition"], source["offset"]), str(letter["code"])] += 1
    return counted
