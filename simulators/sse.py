"""A streamed response whose work ends when the client goes away, and which may break off in the middle.

Starlette's own one notices a departed client only when it writes; a simulator that hangs on purpose must notice it
while it waits, because "the stream was closed" is what tests look for.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Callable
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send


class CutOff(Exception):
    """Raised by a body to break the connection without an end."""


def event(data: Any, *, name: str | None = None) -> bytes:
    """One server-sent event with JSON (or a ready string) as its data."""
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    head = f"event: {name}\n" if name else ""
    return (head + "".join(f"data: {line}\n" for line in text.split("\n")) + "\n").encode()


class Streamed(Response):
    """body: pieces to send. on_gone: called when the client left before the end."""

    def __init__(
        self,
        body: AsyncGenerator[bytes, None],
        *,
        media_type: str = "text/event-stream",
        on_gone: Callable[[], None] | None = None,
    ) -> None:
        self._body = body
        self._on_gone = on_gone
        super().__init__(media_type=media_type, headers={"cache-control": "no-store", "x-accel-buffering": "no"})
        del self.headers["content-length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope
        writing = asyncio.create_task(self._write(send))
        leaving = asyncio.create_task(_gone(receive))
        try:
            await asyncio.wait({writing, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not writing.done() and self._on_gone is not None:
                self._on_gone()
        finally:
            for task in (writing, leaving):
                task.cancel()
            results = await asyncio.gather(writing, leaving, return_exceptions=True)
        problem = results[0]
        if isinstance(problem, Exception) and not isinstance(problem, (CutOff, OSError)):
            raise problem

    async def _write(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async with contextlib.aclosing(self._body) as pieces:
            async for piece in pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
