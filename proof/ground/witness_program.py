"""A reader in a process of its own that writes down what it applies: `python -m proof.ground.witness_program JSON`.

Each accepted commit is one line of JSON in the file `out`: [partition, command offset, journey, command id, at, code,
[[stream, version, total] …]].
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from eventlog.model import Commit
from eventlog.topics import Topics
from proof.bugs.planting import plant
from proof.ground.following import Following
from proof.ground.tallies import make_codec
from proof.oracle.decided import got


async def main(options: dict[str, Any]) -> None:
    plant(options["bug"])
    codec, topic = make_codec(Path(options["schemas"])), Topics(options["prefix"]).events
    following = Following(options["bootstrap"], topic, options["partitions"], codec)
    await following.start()
    while True:
        _note(Path(options["out"]), await following.poll())


def _note(out: Path, read: Mapping[int, Sequence[Commit]]) -> None:
    lines = [orjson.dumps([partition, *got(commit)]) for partition, commits in read.items() for commit in commits]
    with out.open("ab") as file:
        file.write(b"".join(line + b"\n" for line in lines))


if __name__ == "__main__":
    asyncio.run(main(orjson.loads(sys.argv[1])))
