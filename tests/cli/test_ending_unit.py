"""A process whose threads hang ends when it was told to, and says where they hung."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cli.ending import EX_SOFTWARE

HANGS = """
import threading

def hangs_for_ever():
    threading.Event().wait()

threading.Thread(target=hangs_for_ever).start()
"""

LOOP_HANGS = """
import asyncio, threading
from cli.ending import Ending

async def main():
    stop = asyncio.Event()
    watching = asyncio.create_task(Ending(0.2).with_(stop))
    await asyncio.sleep(0)
    stop.set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    threading.Event().wait()

asyncio.run(main())
"""


def run(program: str, timeout_s: float) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=timeout_s, check=False
    )


def test_a_thread_that_is_left_holds_nobody_up() -> None:
    ended = run(HANGS + "from cli.ending import Ending\nending = Ending(0.2)\nending.begin()\nending.begin()\n", 60)
    assert ended.returncode == EX_SOFTWARE
    assert "stop_hangs" in ended.stdout + ended.stderr
    assert "hangs_for_ever" in ended.stderr
    with pytest.raises(subprocess.TimeoutExpired):
        run(HANGS, 3)  # the control


def test_a_loop_that_stands_still_holds_nobody_up() -> None:
    ended = run(LOOP_HANGS, 60)
    assert ended.returncode == EX_SOFTWARE
    assert "in main" in ended.stderr


def test_who_ends_in_time_is_not_cut() -> None:
    ended = run("from cli.ending import Ending\nEnding(30).begin()\n", 20)
    assert (ended.returncode, ended.stderr) == (0, "")
