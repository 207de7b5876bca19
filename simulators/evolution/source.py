"""Where Legion's events come from: its SSE endpoint, the token and the tenant."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Final

import httpx

from simulators.sse import event

TOKEN: Final = "LEGION_SIM_EVENTS_TOKEN"  # noqa: S105 (names of variables, no secrets)
TOKEN_FILE: Final = "LEGION_SIM_EVENTS_TOKEN_FILE"  # noqa: S105
TENANT: Final = "LEGION_SIM_EVENTS_TENANT"


class EventsSource:
    """url: None when the simulator stands alone."""

    def __init__(self, url: str | None) -> None:
        self.url = url

    def headers(self, tenant: str, last_id: str) -> dict[str, str]:
        """The token's file is read each time: set-up may write it after the simulator's start."""
        token, file = os.environ.get(TOKEN, ""), os.environ.get(TOKEN_FILE)
        if not token and file and Path(file).exists():
            token = Path(file).read_text(encoding="utf-8").strip()
        tenant = tenant or os.environ.get(TENANT, "")
        found = {"authorization": f"Bearer {token}" if token else "", "x-tenant-id": tenant, "last-event-id": last_id}
        return {"accept": "text/event-stream", **{name: value for name, value in found.items() if value}}

    async def blocks(self, tenant: str, last_id: str) -> AsyncGenerator[bytes, None]:
        """Events ready to be passed on. Raises httpx.HTTPError when Legion is away or refuses."""
        client = httpx.AsyncClient(timeout=httpx.Timeout(5.0, read=None), trust_env=False)
        async with client, client.stream("GET", self.url or "", headers=self.headers(tenant, last_id)) as answer:
            answer.raise_for_status()
            fields: dict[str, str] = {}
            async for line in answer.aiter_lines():
                name, _, value = line.partition(":")
                value = value.removeprefix(" ")
                if line and name == "data" and "data" in fields:
                    fields["data"] += "\n" + value
                elif line:
                    fields[name] = value  # a comment has the empty name and is passed on as a sign of life
                elif "data" in fields:
                    yield passed_on(fields)
                    fields = {}
                else:
                    yield b": still here\n\n"
                    fields = {}


def passed_on(fields: dict[str, str]) -> bytes:
    """One event with its name moved into the data."""
    try:
        data = json.loads(fields["data"])
    except ValueError:
        data = fields["data"]
    head = f"id: {fields['id']}\n".encode() if fields.get("id") else b""
    return head + event({"event": fields.get("event", "message"), "data": data})
