"""The stack's log, bounded: `legion.log`, and its elders `.1` (the youngest) to `.3`."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Final, TextIO

LIMIT: Final = 16 * 1024 * 1024
"""Bytes of one file: some weeks of a quiet demo at level `warning`, and still quick to open in an editor."""

ELDERS: Final = 3
"""With the file itself at most 64 MiB."""


def open_log(path: Path, *, limit: int = LIMIT, elders: int = ELDERS) -> TextIO:
    """Appends to `path`. Each write is one or more whole lines (`embedded.console.Console`) and stays in one file."""
    raw = _Rotating(path, limit, elders)
    # Of a buffer it calls only what every raw stream has.
    return io.TextIOWrapper(raw, encoding="utf-8", errors="replace", write_through=True)  # type: ignore[type-var]


class _Rotating(io.RawIOBase):
    """Unbuffered: what a service said last is in the file when everything dies."""

    def __init__(self, path: Path, limit: int, elders: int) -> None:
        self._path = path
        self._limit = limit
        self._elders = elders
        self._open()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes, /) -> int:  # type: ignore[override]  # as TextIOWrapper calls it
        if self._size and self._size + len(data) > self._limit:
            self._rotate()
        written = self._file.write(data)
        self._size += written
        return written

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()

    def _open(self) -> None:
        self._file = io.FileIO(self._path, "a")
        self._size = self._path.stat().st_size

    def _rotate(self) -> None:
        """Of a full disk or a folder that is gone the write tells: Console goes on without its line."""
        self._file.close()
        for number in range(self._elders, 0, -1):
            elder = self._path if number == 1 else self._named(number - 1)
            if elder.exists():
                elder.replace(self._named(number))
        self._open()

    def _named(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")
