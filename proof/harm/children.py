"""A supervisor's children: one of them dies as by a power cut."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

from cli.demo.client import until


async def kill_child(parent: int, name: str, timeout_s: float) -> None:
    """SIGKILL for the child that has `name` in its command line, as soon as there is one: after an earlier kill the
    supervisor may not have started the next yet. Raises Unavailable when none comes in time."""

    async def killed() -> bool:
        return _kill(parent, name)

    await until(f"{name} among the children of {parent}", killed, timeout_s)


def _kill(parent: int, name: str) -> bool:
    for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        with suppress(OSError):  # it ended meanwhile
            if name in Path(f"/proc/{child}/cmdline").read_text().replace("\0", " "):
                os.kill(int(child), signal.SIGKILL)
                return True
    return False
