"""Legs that are done, one line of JSON each: a run that was cut off goes on where it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from proof.tally import Tally


@dataclass(frozen=True, slots=True)
class Leg:
    """key: says what was run, to the last setting; a leg of another key is another leg."""

    key: str
    seconds: float
    tally: Tally


class Ledger:
    """A file that only grows. A line that a kill tore is as if it had not been written."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._legs = {leg.key: leg for leg in _read(file)}

    def find(self, key: str) -> Leg | None:
        return self._legs.get(key)

    def add(self, leg: Leg) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        torn = self._file.exists() and self._file.stat().st_size and not self._file.read_bytes().endswith(b"\n")
        with self._file.open("ab") as file:
            file.write((b"\n" if torn else b"") + orjson.dumps(asdict(leg)) + b"\n")
        self._legs[leg.key] = leg

    def forget(self) -> None:
        self._file.unlink(missing_ok=True)
        self._legs.clear()


def _read(file: Path) -> Iterator[Leg]:
    for line in file.read_bytes().splitlines() if file.exists() else ():
        try:
            found = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        tally = found["tally"]
        yield Leg(found["key"], found["seconds"], Tally(**{**tally, "examples": tuple(tally["examples"])}))
