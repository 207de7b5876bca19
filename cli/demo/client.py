"""What the demo says to Legion and to the simulators, over HTTP like anybody else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import httpx

from domain.kernel.errors import Unavailable

POLL_S: Final = 0.1
INSTANCE: Final = "demo"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Legion:
    """The API as the bootstrap actor. tenant: the demo company, empty before it exists."""

    http: httpx.AsyncClient
    tenant: str = ""

    async def get(self, path: str, **params: Any) -> Any:
        return await self._call("GET", path, params=params)

    async def post(self, path: str, body: dict[str, Any], *, key: str | None = None) -> Any:
        return await self._call("POST", path, json=body, headers={"Idempotency-Key": key} if key else {})

    async def put(self, path: str, body: dict[str, Any], *, key: str | None = None) -> Any:
        return await self._call("PUT", path, json=body, headers={"Idempotency-Key": key} if key else {})

    async def conversation(self, phone: str) -> Any:
        """The conversation with that number, None before there is one."""
        page = await self.get("/v1/conversations")
        return next((each for each in page["items"] if (each["address"] or "").startswith(phone)), None)

    async def _call(self, method: str, path: str, headers: dict[str, str] | None = None, **rest: Any) -> Any:
        """Raises Unavailable with the problem's code: a demo that fails says why."""
        tenant = {"X-Tenant-ID": self.tenant} if self.tenant else {}
        response = await self.http.request(method, path, headers={**tenant, **(headers or {})}, **rest)
        if response.is_error:
            raise Unavailable("demo_call_failed", f"{method} {path}: {response.status_code} {response.text[:300]}")
        return response.json()


async def until(what: str, ask: Callable[[], Awaitable[T | None]], timeout_s: float) -> T:
    """Asks until the answer is truthy. Raises Unavailable `demo_timeout` naming `what`."""
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            answer = await ask()
        except (httpx.HTTPError, Unavailable):
            if time.monotonic() > deadline:
                raise
            answer = None
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise Unavailable("demo_timeout", f"{what}: not within {timeout_s:g} s")
        await asyncio.sleep(POLL_S)
