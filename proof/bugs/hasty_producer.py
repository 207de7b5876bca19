"""A producer that says that a record is written when it has only sent it: acks=0."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from domain.kernel.errors import LegionError
from eventlog.model import Position
from eventlog.producer import RawLog


def plant() -> None:
    append, under_way = RawLog.append, set[asyncio.Task[None]]()

    async def sent(*args: Any, **named: Any) -> None:
        with contextlib.suppress(LegionError):
            await append(*args, **named)

    async def hasty(*args: Any, **named: Any) -> Position:
        task = asyncio.create_task(sent(*args, **named))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
        await asyncio.sleep(0)
        return Position(0, 0, 0)

    setattr(RawLog, "append", hasty)  # noqa: B010 - a method is not assigned to
