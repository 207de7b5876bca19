"""One owner for each data folder: `flock` on a file in it, held by a descriptor that the server inherits.

The lock outlives `exec` and goes with the last process that holds the descriptor, however it dies; a stale lock
file therefore never needs cleaning.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

# How long a restart waits for the last children of a killed predecessor (Postgres backends, above all) to go.
DEFAULT_WAIT_S = 3.0
_POLL_S = 0.05


class FolderInUse(RuntimeError):
    """Another live process owns the data folder."""


def hold(folder: Path, *, wait_s: float = DEFAULT_WAIT_S) -> int:
    """Lock `folder` (made when absent) for this process and whatever it turns into by `exec`.

    Returns the inheritable descriptor; closing it, or the end of every holder, releases the lock.
    Raises `FolderInUse` when another holder is still there after `wait_s` seconds.
    """
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                os.close(descriptor)
                raise FolderInUse(f"{folder} is in use by another running server") from None
            time.sleep(_POLL_S)
        else:
            os.set_inheritable(descriptor, True)
            return descriptor
