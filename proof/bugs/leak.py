"""A process that never gives back: a megabyte a second."""

from __future__ import annotations

import threading
import time

STEP = 1 << 20


def plant() -> None:
    kept: list[bytearray] = []

    def leak() -> None:
        while True:
            kept.append(bytearray(b"x" * STEP))
            time.sleep(1)

    threading.Thread(target=leak, daemon=True).start()
