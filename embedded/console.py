"""The services' output on one console: each line after its service's name, coloured on a terminal."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import TextIO

_CHUNK = 64 * 1024
# A line longer than this is broken: a service may write a megabyte without a line end.
_MAX_LINE = 16 * 1024
# ANSI foregrounds that read on light and dark grounds.
_COLOURS = (36, 32, 33, 35, 34, 96, 92, 93, 95, 94)


class Console:
    """Writes whole lines only, so that services do not tear each other's."""

    def __init__(self, out: TextIO, names: Sequence[str]) -> None:
        self._out = out
        width = max(map(len, names), default=0)
        coloured = out.isatty()
        self._prefixes: dict[str, str] = {}
        self._last: dict[str, str] = {}
        for index, name in enumerate(names):
            label = f"{name:<{width}} | "
            colour = _COLOURS[index % len(_COLOURS)]
            self._prefixes[name] = f"\x1b[{colour}m{label}\x1b[0m" if coloured else label

    def line(self, name: str, text: str) -> None:
        """One line; a console that has gone away (closed pipe) is no reason to stop."""
        with contextlib.suppress(OSError, ValueError):
            self._out.write(f"{self._prefixes.get(name, '')}{text}\n")
            self._out.flush()

    def last_words(self, name: str) -> str:
        """The last line that the service itself wrote; "" if none."""
        return self._last.get(name, "")

    async def pump(self, name: str, stream: asyncio.StreamReader) -> None:
        """Copy a service's output until its end."""
        rest = b""
        while chunk := await stream.read(_CHUNK):
            *lines, rest = (rest + chunk).split(b"\n")
            if len(rest) > _MAX_LINE:
                lines, rest = [*lines, rest], b""
            for line in lines:
                self._pass(name, line.rstrip(b"\r").decode(errors="replace"))
        if rest:
            self._pass(name, rest.decode(errors="replace"))

    def _pass(self, name: str, text: str) -> None:
        if text.strip():
            self._last[name] = text
        self.line(name, text)
