"""Many short lives of projectors: one process has all code loaded and forks each life, so that a death costs no start.

As a program, `python -m proof.harm.lives PLACES`: one `Life` in JSON a line on stdin, one word about its end a line on
stdout. `lives` is the other side.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import traceback
from asyncio.subprocess import PIPE, Process, create_subprocess_exec
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from embedded.death import child_setup
from projections.clickhouse.connection import Target
from proof.harm.fused_projectors import Life, Places, live

LONGEST_S: Final = 90
"""Of a life, on a machine with other things to do."""

ENDS: Final = {-signal.SIGKILL: "killed", 0: "caught_up", -signal.SIGALRM: "stuck"}
"""By exit status."""


@dataclass(frozen=True, slots=True)
class Nursery:
    process: Process
    log: Path

    async def live(self, life: Life) -> str:
        """`killed` at its point, `caught_up` without having come to it, or `stuck`. Raises AssertionError for a
        projector that ended otherwise."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(orjson.dumps(asdict(life)) + b"\n")
        end = (await self.process.stdout.readline()).decode().strip()
        assert end in ENDS.values(), f"{life} ended with {end}: {self.log.read_text(errors='replace')[-3000:]}"
        return end


@asynccontextmanager
async def lives(places: Places, log: Path) -> AsyncIterator[Nursery]:
    given = asdict(places) | {"clickhouse": asdict(places.clickhouse)}
    argv = [sys.executable, "-m", "proof.harm.lives", orjson.dumps(given).decode()]
    with log.open("ab") as output:
        process = await create_subprocess_exec(*argv, stdin=PIPE, stdout=PIPE, stderr=output)
    try:
        yield Nursery(process, log)
    finally:
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()


def main() -> None:
    given: dict[str, Any] = orjson.loads(sys.argv[1])
    places = Places(**given | {"clickhouse": Target(**given["clickhouse"])})
    for line in sys.stdin:
        status = _one(places, Life(**orjson.loads(line)))
        sys.stdout.write(f"{ENDS.get(status, status)}\n")
        sys.stdout.flush()


def _one(places: Places, life: Life) -> int:
    """Exit status, negative for a signal."""
    ties = child_setup(signal.SIGKILL)
    pid = os.fork()
    if not pid:
        code = 1
        try:
            ties()
            signal.alarm(LONGEST_S)
            os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
            asyncio.run(live(places, life))
            code = 0
        finally:
            if code:
                traceback.print_exc()
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


if __name__ == "__main__":
    main()
