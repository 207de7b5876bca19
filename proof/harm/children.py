"""A supervisor's children: one of them dies as by a power cut."""

from __future__ import annotations

import os
import signal
from contextlib import suppress

from cli.demo.client import until
from proof.oracle.processes import command_lines


async def kill_child(parent: int, name: str, timeout_s: float) -> None:
    """SIGKILL for the child that has `name` in its command line, as soon as there is one: after an earlier kill the
    supervisor may not have started the next yet. Raises Unavailable when none comes in time."""

    async def killed() -> bool:
        return _kill(parent, name)

    await until(f"{name} among the children of {parent}", killed, timeout_s)


def _kill(parent: int, name: str) -> bool:
    for child, words in command_lines(parent):
        if name in " ".join(words):
            with suppress(OSError):  # it ended meanwhile
                os.kill(child, signal.SIGKILL)
                return True
    return False
