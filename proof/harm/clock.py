"""A wall clock that jumps: libfaketime under processes that are started with it, led by a file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

LIBRARY: Final = "libfaketime.so.1"
PLACES: Final = ("/usr/lib", "/usr/local/lib", "/usr/lib64")

SEEN_S: Final = 1
"""Seconds until a process sees a jump. A file read at every look at a clock makes an event loop ten times slower."""


def library() -> Path | None:
    """libfaketime, as Debian's package `faketime` (and others) leave it; None where it is not."""
    for place in PLACES:
        for pattern in (f"*/faketime/{LIBRARY}", f"faketime/{LIBRARY}", LIBRARY):
            if found := sorted(Path(place).glob(pattern)):
                return found[0]
    return None


@dataclass(frozen=True, slots=True)
class Clock:
    """file: outside of every disk that gets full."""

    file: Path

    def jump(self, by: timedelta) -> None:
        """From now on the clock is so far from the true one. In one step: a file half written would be another time."""
        fresh = self.file.with_suffix(".new")
        fresh.write_text(f"{by.total_seconds():+.0f}\n")
        fresh.replace(self.file)

    def environment(self) -> dict[str, str]:
        """Of a process under this clock. Its monotonic clocks go on as they are: no kernel turns those."""
        found = library()
        assert found is not None
        return {
            "LD_PRELOAD": str(found),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_CACHE_DURATION": f"{SEEN_S}",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DONT_RESET": "1",
        }
