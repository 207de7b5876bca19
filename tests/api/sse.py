"""A reader of server-sent events, as the console is one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson


@dataclass(slots=True)
class Feed:
    """What has come. last_id: of the newest block, events and others. ended: the server closed the stream."""

    events: list[dict[str, Any]] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    last_id: str = ""
    ended: bool = False
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait(self, count: int, timeout_s: float = 20.0) -> list[dict[str, Any]]:
        """Until so many events have come."""
        async with asyncio.timeout(timeout_s):
            while len(self.events) < count and not self.ended:
                self._news.clear()
                await self._news.wait()
        assert len(self.events) >= count, f"{len(self.events)} of {count} came"
        return self.events

    async def end(self, timeout_s: float = 20.0) -> None:
        """Until the server has closed the stream."""
        async with asyncio.timeout(timeout_s):
            while not self.ended:
                self._news.clear()
                await self._news.wait()

    async def begun(self) -> None:
        async with asyncio.timeout(20):
            while not self.last_id:
                self._news.clear()
                await self._news.wait()

    async def read(self, response: httpx.Response) -> None:
        try:
            async for line in response.aiter_lines():
                name, _, value = line.partition(": ")
                if name == "id":
                    self.last_id = value
                elif name == "event":
                    self.types.append(value)
                elif name == "data":
                    self.events.append(orjson.loads(value))
                self._news.set()
        except httpx.HTTPError:
            pass  # cut off in the middle: as good as ended, the reader resumes
        finally:
            self.ended = True
            self._news.set()


@asynccontextmanager
async def listening(http: httpx.AsyncClient, company: str, **query: str) -> AsyncIterator[Feed]:
    """An open stream of a company's events; `last_event_id=` resumes."""
    headers = {"x-tenant-id": company}
    if (last := query.pop("last_event_id", None)) is not None:
        headers["last-event-id"] = last
    feed = Feed()
    async with http.stream("GET", "/v1/events", headers=headers, params=query) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        reading = asyncio.create_task(feed.read(response))
        await feed.begun()
        try:
            yield feed
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
