"""V3: commands decided and acknowledged a second, against a raw idempotent produce of the same bytes.

    python -m benchmarks.v3_writer [--commands N] [--rounds N]

Both run in this process, one after the other in each round, on one embedded broker, with the topic settings of
[events] (`flush.messages=1`). The writer is the product's `run_writer`: consumes real commands of the domain, decides,
appends, verifies. Its journal is a stand-in that costs nothing and lags 100 ms (V5 measures the journal). Two floors:

    batches   the same records in ready-made batches of 200 commits, three in flight: the least that aiokafka can do
    sends     the same records by `producer.send`, as most programs write
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import orjson
import structlog
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from benchmarks.writer_workload import commands
from commands.config import WriterConfig
from commands.metrics import ANSWERED
from commands.ports import Loaded
from commands.writer import run_writer
from domain.routing import ROUTES
from eventlog.chain import HEADER, parse_link
from eventlog.cloudevents import command_headers
from eventlog.codec import default_codec
from eventlog.model import Anchor
from eventlog.topics import MAX_BATCH_BYTES, Topics, create_topics
from proof.embedded_servers import kafka_bootstrap

RESULT: Final = Path(__file__).parent / "results" / "v3.json"
BATCH_COMMITS: Final = 200
LAG_S: Final = 0.1
Record = tuple[bytes, bytes, list[tuple[str, bytes]]]


class StandIn:
    """A journal that is `LAG_S` behind the log's end and holds nothing: every stream stays cached in the writer."""

    def __init__(self, bootstrap: str, topic: str, partitions: int) -> None:
        self._places = [TopicPartition(topic, partition) for partition in range(partitions)]
        self._consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
        self.ends = dict.fromkeys(self._places, 0)
        self._older = self.ends
        self.first_asked = 0.0

    async def follow(self) -> None:
        await self._consumer.start()
        try:
            while True:
                self._older, self.ends = self.ends, await self._consumer.end_offsets(self._places)
                await asyncio.sleep(LAG_S)
        finally:
            await self._consumer.stop()

    async def load(self, partition: int, _streams: Sequence[Any], _command_ids: Sequence[Any]) -> Loaded:
        self.first_asked = self.first_asked or time.time()
        return Loaded(next_offset=self._older[self._places[partition]])

    async def anchor(self, _partition: int) -> Anchor | None:
        """Genesis."""
        return None


def producer(bootstrap: str) -> AIOKafkaProducer:
    """With the settings of the writer's own."""
    return AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        enable_idempotence=True,
        acks="all",
        linger_ms=0,
        compression_type="zstd",
        max_batch_size=MAX_BATCH_BYTES,
        max_request_size=2 * MAX_BATCH_BYTES,
    )


async def write_batches(bootstrap: str, topic: str, batches: dict[int, list[list[Record]]]) -> float:
    """Seconds to write them, three in flight in each partition."""
    client = producer(bootstrap)
    await client.start()

    async def write(partition: int) -> None:
        flying: list[Any] = []
        for records in batches[partition]:
            batch = client.create_batch()
            for key, value, headers in records:
                if batch.append(key=key, value=value, headers=headers, timestamp=None) is None:
                    raise ValueError("a batch too large")
            batch.close()
            flying.append(await client.send_batch(batch, topic, partition=partition))
            if len(flying) == 3:
                await flying.pop(0)
        for future in flying:
            await future

    began = time.perf_counter()
    await asyncio.gather(*map(write, batches))
    seconds = time.perf_counter() - began
    await client.stop()
    return seconds


async def write_sends(bootstrap: str, topic: str, batches: dict[int, list[list[Record]]]) -> float:
    """Seconds to write them one `send` each, a thousand in flight."""
    client = producer(bootstrap)
    await client.start()
    began = time.perf_counter()
    flying: list[Any] = []
    for partition, groups in batches.items():
        for records in groups:
            for key, value, headers in records:
                flying.append(await client.send(topic, value, key=key, headers=headers, partition=partition))
                if len(flying) == 1_000:
                    await asyncio.gather(*flying)
                    flying.clear()
    await asyncio.gather(*flying)
    seconds = time.perf_counter() - began
    await client.stop()
    return seconds


async def read_events(bootstrap: str, topic: str, partitions: int) -> tuple[dict[int, list[list[Record]]], int, float]:
    """The written records in batches of 200 commits, the number of commits, the last append (Unix seconds)."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="none", enable_auto_commit=False)
    await consumer.start()
    places = [TopicPartition(topic, partition) for partition in range(partitions)]
    consumer.assign(places)
    for place in places:
        consumer.seek(place, 0)
    ends = await consumer.end_offsets(places)
    found: dict[int, list[list[Record]]] = {partition: [] for partition in range(partitions)}
    commits, last, open_commits = 0, 0.0, dict.fromkeys(range(partitions), BATCH_COMMITS)
    while any([await consumer.position(place) < ends[place] for place in places]):
        for place, records in (await consumer.getmany(timeout_ms=200)).items():
            for record in records:
                link = parse_link(dict(record.headers)[HEADER])
                assert link is not None
                if link.i == 0:
                    commits += 1
                    open_commits[place.partition] += 1
                    if open_commits[place.partition] > BATCH_COMMITS:
                        found[place.partition].append([])
                        open_commits[place.partition] = 1
                found[place.partition][-1].append((record.key, record.value, list(record.headers)))
                last = max(last, record.timestamp / 1000)
    await consumer.stop()
    return found, commits, last


def command_batches(partitions: int, count: int) -> dict[int, list[list[Record]]]:
    codec = default_codec()
    made: dict[int, list[list[Record]]] = {}
    for partition in range(partitions):
        records = [
            (meta.journey.encode(), codec.encode_command(meta, command), list(command_headers(command.TOPIC, meta)))
            for meta, command in commands(partition, partitions, count // partitions)
        ]
        made[partition] = [records[start : start + 200] for start in range(0, len(records), 200)]
    return made


def answered(partitions: int) -> int:
    """Commands, by the writer's own metrics."""
    samples = {sample.labels["partition"]: sample.value for sample in next(iter(ANSWERED.collect())).samples}
    return sum(int(samples[str(partition)]) + 1 for partition in range(partitions))


async def write_with_writer(bootstrap: str, topics: Topics, partitions: int, count: int) -> float:
    """Seconds from the first command taken to the last commit appended."""
    stand_in, stop = StandIn(bootstrap, topics.events, partitions), asyncio.Event()
    for partition in range(partitions):
        ANSWERED.labels(str(partition)).set(-1)
    following = asyncio.create_task(stand_in.follow())
    config = WriterConfig(
        bootstrap=bootstrap, routes=ROUTES, topics=topics, partitions=partitions, group=f"{topics.prefix}writer"
    )
    running = asyncio.create_task(run_writer(config, stand_in, stand_in, stop))
    while answered(partitions) < count:  # noqa: ASYNC110  the writer tells nobody but its metrics
        await asyncio.sleep(0.1)
    stop.set()
    await running
    following.cancel()
    _, commits, last = await read_events(bootstrap, topics.events, partitions)
    assert commits == count, f"{commits} of {count} were answered"
    return last - stand_in.first_asked


async def fresh_topic(bootstrap: str, topics: Topics, partitions: int) -> str:
    """A topic with the settings of [events]."""
    name = f"{topics.prefix}floor-{uuid.uuid4().hex[:8]}"
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics(
        [NewTopic(name, partitions, 1, topic_configs=topics.configs(single_node=True)[topics.events])]
    )
    await admin.close()
    await asyncio.sleep(0.5)  # new topics answer NotLeader for a moment
    return name


async def one_round(
    bootstrap: str, partitions: int, count: int, bodies: dict[int, list[list[Record]]]
) -> dict[str, float]:
    """Commands a second of the writer, and of both floors with the bytes that it wrote."""
    topics = Topics(f"v3-{uuid.uuid4().hex[:8]}.")
    await create_topics(bootstrap, topics, partitions, single_node=True)
    await write_batches(bootstrap, topics.commands, bodies)
    figures = {"writer": count / await write_with_writer(bootstrap, topics, partitions, count)}
    written, _, _ = await read_events(bootstrap, topics.events, partitions)
    floors: dict[str, Callable[..., Any]] = {"batches": write_batches, "sends": write_sends}
    for name, write in floors.items():
        figures[name] = count / await write(bootstrap, await fresh_topic(bootstrap, topics, partitions), written)
    figures["events"] = sum(len(records) for groups in written.values() for records in groups) / count
    sizes = [len(k) + len(v) for groups in written.values() for records in groups for k, v, _ in records]
    figures["bytes"] = statistics.mean(sizes)
    return figures


async def measure(bootstrap: str, partitions: int, count: int, rounds: int) -> dict[str, Any]:
    bodies = command_batches(partitions, count)
    await one_round(bootstrap, partitions, count, bodies)  # warms up JIT, caches and imports
    found = [await one_round(bootstrap, partitions, count, bodies) for _ in range(rounds)]
    median = {name: statistics.median(one[name] for one in found) for name in found[0]}
    return {
        "partitions": partitions,
        "commands": count,
        "commands_per_s": {name: round(median[name]) for name in ("writer", "batches", "sends")},
        "ratio_to_batches": round(statistics.median(one["writer"] / one["batches"] for one in found), 3),
        "ratio_to_sends": round(statistics.median(one["writer"] / one["sends"] for one in found), 3),
        "events_per_command": round(median["events"], 2),
        "bytes_per_event": round(median["bytes"]),
        "rounds": [{name: round(value, 1) for name, value in one.items()} for one in found],
    }


async def run(bootstrap: str, count: int, rounds: int) -> dict[str, Any]:
    load = os.getloadavg()[0]  # foreign work on the machine slows the floor's broker more than our own thinking
    results = [await measure(bootstrap, partitions, count, rounds) for partitions in (1, 12)]
    return {
        "id": "V3",
        "hop": "writer: commands decided and acknowledged a second",
        "floor": "raw aiokafka idempotent produce of the same bytes (batches)",
        "goal": 0.25,
        "stretch": 0.40,
        "load_average_before": round(load, 2),
        "results": results,
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.v3_writer")
    parser.add_argument("--commands", type=int, default=12_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    with kafka_bootstrap() as bootstrap:
        figures = uvloop.run(partial(run, bootstrap, options.commands, options.rounds)())
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_bytes(orjson.dumps(figures, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    print(orjson.dumps(figures).decode())


if __name__ == "__main__":
    main()
