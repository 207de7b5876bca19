"""A process that was told to stop ends, whatever hangs in it: a library's thread, a task that swallows its end.

What it had under way is where a `kill -9` would have left it, and that is taken up again.
"""

from __future__ import annotations

import asyncio
import faulthandler
import os
import sys
import threading
from typing import Final

import structlog

END_S: Final = 6.0
"""All stops take less than five seconds; who supervises us (Docker, Kubernetes) waits for ten and more."""

EX_SOFTWARE: Final = 70
"""sysexits.h: an internal error. It is one of ours, and must be seen."""

log = structlog.get_logger()


class Ending:
    """In a thread of its own: the event loop may be what hangs. after_s: seconds."""

    def __init__(self, after_s: float = END_S) -> None:
        self._timer = threading.Timer(after_s, _cut)
        self._timer.daemon = True

    def begin(self) -> None:
        """From now on it has so long. The second time changes nothing."""
        if self._timer.ident is None:
            self._timer.start()

    async def with_(self, stop: asyncio.Event) -> None:
        """Begins when `stop` is set."""
        await stop.wait()
        self.begin()


def _cut() -> None:
    """Says where every thread hangs, for who mends it."""
    log.error("stop_hangs", seconds=END_S)
    faulthandler.dump_traceback(sys.stderr)
    sys.stderr.flush()
    os._exit(EX_SOFTWARE)
