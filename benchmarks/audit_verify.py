"""audit-verify: events a second of `legion audit verify`, against consuming the same topic and decoding each record.

    python -m benchmarks.audit_verify [--leads N] [--rounds N]

One after the other in each round, on one embedded broker. Subject, in as many processes as it takes: the whole
`cli.audit.verify.verify` with checkpoints from outside: the log from genesis by the chain rule, every commit hashed and
put into its partition's tree, held against the checkpoints, counted by type. Floor: aiokafka's consumer alone and the
codec on every record's value (V6's). `cpu_us`: processor time of this process for an event; of the subject
it is the parent's, who only waits where others walk.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import time
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.projection_workload import PARTITIONS, history
from benchmarks.publish import publish
from benchmarks.turns import take_turns
from benchmarks.v6_rebuild import floor, write
from cli.audit.checkpoints import Published
from cli.audit.verify import verify
from eventlog.checkpoint import Place, Signed
from eventlog.model import Commit
from eventlog.signer import Signer
from eventlog.topics import Topics, create_topics
from proof.embedded_servers import kafka_bootstrap
from proof.ground.histories import CLUSTER

CHECKPOINTS: Final = 50
"""Of a signer that had signed all along."""

BEGAN: Final = datetime(2026, 11, 25, tzinfo=UTC)


def checkpoints(place: Place, commits: list[Commit]) -> list[Signed]:
    signer, size = Signer(Ed25519PrivateKey.generate(), place), len(commits) // CHECKPOINTS + 1
    signed: list[Signed] = []
    for number, first in enumerate(range(0, len(commits), size)):
        for commit in commits[first : first + size]:
            signer.take(commit.partition, [commit])
        signed.append(Signed.read(signer.sign(BEGAN + timedelta(minutes=number))))
    return signed


async def subject(bootstrap: str, place: Place, outside: list[Signed], count: int) -> float:
    """Seconds of one verification."""
    started = time.perf_counter()
    report = await verify(bootstrap, place, outside=outside, published=Published(tuple(outside)), key_given=True)
    seconds = time.perf_counter() - started
    assert report.chain == "verified", report.broken
    assert report.totals["events"] + report.totals["refusals"] == count, report.totals
    return seconds


async def measure(bootstrap: str, leads: int, rounds: int) -> dict[str, object]:
    topics = Topics("audit.")
    await create_topics(bootstrap, topics, PARTITIONS, single_node=True)
    place = Place(CLUSTER, topics.events, 0, PARTITIONS)
    log = history(leads, topic=topics.events)
    await write(bootstrap, topics.events, log.records)
    events, outside = len(log.records), checkpoints(place, log.commits)
    del log
    gc.collect()
    turns = await take_turns(
        events,
        rounds,
        lambda: floor(bootstrap, topics.events, events),
        lambda: subject(bootstrap, place, outside, events),
    )
    low, high = turns.figures()
    return {
        "id": "audit-verify",
        "what": "legion audit verify, events a second",
        "floor": {"what": "raw consume and decode", **low},
        "subject": high,
        "ratio": turns.ratio,
        "goals": [0.6],
        "events": events,
        "checkpoints": len(outside),
        "partitions": PARTITIONS,
        "rounds": rounds,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--leads", type=int, default=3_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--no-write", action="store_true")
    asked = parser.parse_args()
    with kafka_bootstrap() as bootstrap:
        result = asyncio.run(measure(bootstrap, asked.leads, asked.rounds))
    publish(result, write=not asked.no_write)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
