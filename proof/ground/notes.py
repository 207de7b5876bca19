"""What a witness wrote down, read as it grows."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from pathlib import Path

import orjson

from proof.oracle.decided import Answer


class Notes:
    """One witness's file. applied: partition → what it applied, as far as `more` has read."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.applied: dict[int, list[Answer]] = defaultdict(list)
        self._read = 0
        self._rest = b""

    def more(self) -> list[tuple[int, Answer]]:
        """What came since the last call, as (partition, answer)."""
        if not self.file.exists():
            return []
        with self.file.open("rb") as file:
            file.seek(self._read)
            text = file.read()
        self._read += len(text)
        *lines, self._rest = (self._rest + text).split(b"\n")
        found = [_answer(line) for line in lines]
        for partition, answer in found:
            self.applied[partition].append(answer)
        return found

    def all(self) -> dict[int, list[Answer]]:
        """Everything so far."""
        self.more()
        return self.applied


def _answer(line: bytes) -> tuple[int, Answer]:
    partition, offset, journey, id_, at, code, events = orjson.loads(line)
    made = tuple((stream, version, total) for stream, version, total in events)
    return partition, Answer(offset, journey, id_, datetime.fromisoformat(at), code, made)
