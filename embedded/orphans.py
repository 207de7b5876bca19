"""Descendants whose parent died and that the kernel gave to us (see `death.adopt_orphans`). Linux; elsewhere none."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Set as AbstractSet
from pathlib import Path

_CHILDREN = Path("/proc/self/task")


def adopted(known: AbstractSet[int]) -> set[int]:
    """Process ids of our children that we did not start (`known` we did)."""
    found: set[int] = set()
    with contextlib.suppress(OSError):
        for thread in _CHILDREN.iterdir():
            found |= {int(pid) for pid in (thread / "children").read_text().split()}
    return found - known


def reap(known: AbstractSet[int]) -> None:
    """Collect the dead among them, so that no zombies gather."""
    for pid in adopted(known):
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)


def kill(known: AbstractSet[int]) -> None:
    """End them, and the children that they leave to us in turn."""
    while pids := adopted(known):
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)
