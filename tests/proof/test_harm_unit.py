"""What does harm, on its own."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from domain.kernel.errors import Misconfigured, Unavailable
from proof.harm.children import kill_child
from proof.harm.clock import Clock, library
from proof.harm.disks import disks

SHOW = "import time; print(int(time.time()), int(time.monotonic()))"


def test_a_disk_gets_full_within_and_the_ballast_is_taken_away_from_outside(tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    try:
        with disks({folder: "1m"}) as found:

            def writes(name: str) -> int:
                command = ["sh", "-c", f"head -c 100000 /dev/zero > {folder}/{name} 2>/dev/null"]
                return subprocess.run([*found.within, *command], check=False).returncode

            assert writes("a") == 0
            assert found.fill(folder) > 500_000
            assert writes("b") != 0
            found.free(folder)
            assert writes("b") == 0
    except Misconfigured as refused:
        pytest.skip(refused.detail)
    assert not list(folder.iterdir())  # nothing of it was ever outside


@pytest.mark.skipif(library() is None, reason="libfaketime is not installed")
def test_a_clock_jumps_and_the_monotonic_one_does_not(tmp_path: Path) -> None:
    clock = Clock(tmp_path / "clock")

    def shown() -> tuple[int, int]:
        env = {**os.environ, **clock.environment()}
        done = subprocess.run([sys.executable, "-c", SHOW], env=env, capture_output=True, text=True, check=True)
        wall, monotonic = map(int, done.stdout.split())
        return wall, monotonic

    clock.jump(timedelta(0))
    wall, monotonic = shown()
    for by in (timedelta(days=30), timedelta(hours=-3)):
        clock.jump(by)
        later_wall, later_monotonic = shown()
        assert 0 <= later_wall - wall - by.total_seconds() < 60
        assert 0 <= later_monotonic - monotonic < 60


async def test_a_child_that_is_not_there_yet_is_waited_for() -> None:
    """An earlier kill's successor, which the supervisor has not started yet."""
    script = "sleep 0.5; sleep 61 & wait $!; echo $?"
    parent = await asyncio.create_subprocess_exec("sh", "-c", script, stdout=asyncio.subprocess.PIPE)
    await kill_child(parent.pid, "sleep 61", 10)
    said, _ = await parent.communicate()
    assert said == b"137\n"  # 128 + SIGKILL


async def test_a_child_that_never_comes_is_told() -> None:
    with pytest.raises(Unavailable, match="no such program among the children"):
        await kill_child(os.getpid(), "no such program", 0.2)
