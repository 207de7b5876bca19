"""A reader in a process of its own that writes down what it applies: `python -m proof.ground.witness_program JSON`.

Each accepted commit is one line of JSON in the file `out`: [partition, command offset, journey, command id, at, code,
[[stream, version, total] …]].
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import orjson

from domain.kernel.errors import Unavailable
from eventlog.consumer import LogConsumer
from eventlog.model import Anchor, Commit
from eventlog.topics import Topics, cluster_id
from proof.bugs.planting import plant
from proof.ground.tallies import make_codec
from proof.oracle.answers import got

RETRY_S: Final = 0.2


async def main(options: dict[str, Any]) -> None:
    plant(options["bug"])
    codec, topic = make_codec(Path(options["schemas"])), Topics(options["prefix"]).events
    cluster = await cluster_id(options["bootstrap"])
    anchors = [
        Anchor.genesis(cluster_id=cluster, topic=topic, partition=partition)
        for partition in range(options["partitions"])
    ]
    out = Path(options["out"])
    while True:
        consumer = LogConsumer(options["bootstrap"], topic, anchors, cluster=cluster, codec=codec)
        try:
            await consumer.start()
            while True:
                _note(out, await consumer.poll(100))
        except Unavailable:
            anchors = [consumer.anchor(anchor.partition) for anchor in anchors]
            await asyncio.sleep(RETRY_S)
        finally:
            await consumer.stop()


def _note(out: Path, read: Mapping[int, Sequence[Commit]]) -> None:
    lines = [orjson.dumps([partition, *got(commit)]) for partition, commits in read.items() for commit in commits]
    with out.open("ab") as file:
        file.write(b"".join(line + b"\n" for line in lines))


if __name__ == "__main__":
    asyncio.run(main(orjson.loads(sys.argv[1])))
