"""V6: events a second of `legion rebuild`, against consuming the same topic and decoding each record.

    python -m benchmarks.v6_rebuild [--leads N] [--rounds N]

Both run in this process, one after the other in each round, on one embedded broker and one embedded server (fsync on).
Subject: the product's whole `projections.rebuild.Rebuild.run` as `legion rebuild` calls it: a new generation's database
and tables, the log from offset 0 by the chain rule, personal fields opened with the vault's keys, all read models, the
comparison with the generation shown so far (made by the round before), the flip, the drop of the old one. Floor:
aiokafka's consumer alone, from the same offsets to the same end, and the codec on every record's value. `cpu_us`:
processor time of this process (not of the servers) for an event.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections import defaultdict
from typing import Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from benchmarks.alone import PREFIX, asked, own_postgres
from benchmarks.projection_workload import PARTITIONS, Made, history, journeys
from benchmarks.publish import publish
from benchmarks.turns import take_turns
from eventlog.codec import default_codec
from eventlog.consumer import MAX_RECORDS
from eventlog.model import LogRecord
from eventlog.topics import Topics, create_topics
from projections.names import Passwords
from projections.rebuild import Rebuild
from projections.run import Source
from proof.embedded_servers import kafka_bootstrap
from proof.ground.histories import CLUSTER
from vault.db import Vault, open_vault
from vault.kek import KeyEncryptionKeys, generate
from vault.migrate import migrate
from vault.provision import provision

LOGIN: Final = Passwords(projector="bench", runner="bench", app="bench", writer="bench", provisioner="bench")
IN_FLIGHT: Final = 1_000


async def write(bootstrap: str, topic: str, records: list[LogRecord]) -> None:
    """The history into the topic, each partition in its order."""
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True, linger_ms=5) as producer:
        for start in range(0, len(records), IN_FLIGHT):
            sent = [
                await producer.send(topic, r.value, key=r.key, headers=list(r.headers), partition=r.partition)
                for r in records[start : start + IN_FLIGHT]
            ]
            await asyncio.gather(*sent)


async def floor(bootstrap: str, topic: str, count: int) -> float:
    """Seconds to consume and decode all."""
    codec = default_codec()
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, auto_offset_reset="none", enable_auto_commit=False, check_crcs=True
    )
    started = time.perf_counter()
    await consumer.start()
    places = [TopicPartition(topic, partition) for partition in range(PARTITIONS)]
    consumer.assign(places)
    for place in places:
        consumer.seek(place, 0)
    done: dict[int, int] = defaultdict(int)
    while sum(done.values()) < count:
        for place, records in (await consumer.getmany(timeout_ms=500, max_records=MAX_RECORDS)).items():
            for record in records:
                codec.decode(record.value)
            done[place.partition] += len(records)
    seconds = time.perf_counter() - started
    await consumer.stop()
    return seconds


async def subject(admin: str, source: Source, vault: Vault, count: int) -> float:
    """Seconds of one rebuild."""
    work = Rebuild(
        admin_dsn=admin,
        passwords=LOGIN,
        source=source,
        opener=vault.keys,
        generations=vault.generations,
        prefix=PREFIX,
    )
    started = time.perf_counter()
    made = await work.run()
    seconds = time.perf_counter() - started
    assert made.records == count, f"{made.records} of {count} records"
    assert made.comparison is None or made.comparison.equal, "the rebuilt generation differs"
    return seconds


async def measure(bootstrap: str, admin: str, leads: int, rounds: int) -> dict[str, object]:
    topics = Topics("v6.")
    await create_topics(bootstrap, topics, PARTITIONS, single_node=True)
    dsn = await provision(admin, "bench")
    await migrate(dsn)
    keks = KeyEncryptionKeys.from_settings({"bench": generate()}, "bench")
    async with open_vault(dsn, keks) as vault:
        keys = {pair: await vault.keys.get_or_create(*pair) for pair in journeys(leads)}
        log = history(leads, topic=topics.events, keys=Made(dict(keys)))
        await write(bootstrap, topics.events, log.records)
        events = len(log.records)
        del log, keys
        gc.collect()
        source = Source(bootstrap=bootstrap, topic=topics.events, cluster=CLUSTER, partitions=range(PARTITIONS))
        turns = await take_turns(
            events,
            rounds,
            lambda: floor(bootstrap, topics.events, events),
            lambda: subject(admin, source, vault, events),
        )
    low, high = turns.figures()
    return {
        "id": "V6",
        "what": "rebuild from the log, events a second",
        "floor": {"what": "raw consume and decode", **low},
        "subject": high,
        "ratio": turns.ratio,
        "goals": [0.40, 0.60],
        "events": events,
        "partitions": PARTITIONS,
        "rounds": rounds,
    }


def main() -> int:
    given = asked(__doc__, leads=3_000, rounds=5)
    with kafka_bootstrap() as bootstrap, own_postgres("v6") as config:
        result = asyncio.run(measure(bootstrap, config.dsn(), given.leads, given.rounds))
    publish(result, write=not given.no_write)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
