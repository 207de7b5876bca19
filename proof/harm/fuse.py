"""A process that ends itself at the n-th passing of a named point."""

from __future__ import annotations

import os
import signal
import threading
from dataclasses import dataclass


@dataclass(slots=True)
class Fuse:
    """point: empty for none. nth: counted from 1. late_s: the kill comes so long after the passing, while whatever
    was begun there goes on."""

    point: str
    nth: int = 1
    late_s: float = 0.0

    def reach(self, point: str) -> None:
        if point != self.point:
            return
        self.nth -= 1
        if self.nth:
            return
        if self.late_s:
            threading.Timer(self.late_s, _die).start()
        else:
            _die()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
