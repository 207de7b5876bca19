"""A supervisor as a program of its own: `python -m tests.embedded.stack_program SPEC`, SPEC being JSON.

`{"data": …, "by_pipe": false, "policy": {…}, "services": [{"name": …, "code": …, "after": […], "ready_file": …,
"one_shot": …}]}`; `code` is Python that a service runs.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from embedded.restarts import RestartPolicy
from embedded.service import Service
from embedded.supervisor import Supervisor


def file_there(path: str) -> Callable[[], Awaitable[bool]]:
    async def ready() -> bool:
        return os.access(path, os.F_OK)

    return ready


def service(row: dict[str, Any]) -> Service:
    ready_file = row.get("ready_file")
    return Service(
        row["name"],
        [sys.executable, "-u", "-c", row["code"]],
        after=tuple(row.get("after", ())),
        ready=None if ready_file is None else file_there(ready_file),
        one_shot=row.get("one_shot", False),
        ready_timeout_s=row.get("ready_timeout_s", 30.0),
        stop_timeout_s=row.get("stop_timeout_s", 10.0),
    )


async def main(spec: dict[str, Any]) -> int:
    services = [service(row) for row in spec["services"]]
    policy = RestartPolicy(**spec.get("policy", {}))
    supervisor = Supervisor(services, Path(spec["data"]), policy=policy, by_pipe=spec.get("by_pipe", False))
    return await supervisor.run()


if __name__ == "__main__":
    sys.exit(asyncio.run(main(json.loads(sys.argv[1]))))
