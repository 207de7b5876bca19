"""A running simulator as the tests of this folder use it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from gateways.http import Timeouts
from gateways.meta.client import Dataset

TOKEN = "t0ken"  # pragma: allowlist secret
DATASET = Dataset(id="7", token=TOKEN)
# Long enough for an answer on a machine that is busy, short enough to wait for in a test.
QUICK = Timeouts(connect=5.0, read=1.5, total=2.0)


@dataclass(frozen=True, slots=True)
class Control:
    """What was taken, and what is to go wrong."""

    http: httpx.AsyncClient

    async def fault(self, **asked: Any) -> None:
        (await self.http.post("/_faults", json={"count": 1, **asked})).raise_for_status()

    async def calls(self) -> dict[str, int]:
        counts: dict[str, int] = (await self.http.get("/_sim/calls")).json()
        return counts

    async def accepted(self) -> dict[str, int]:
        """How often each event counts, by its id."""
        rows = (await self.http.get("/_sim/events")).json()
        return {row["event_id"]: row["accepted"] for row in rows}

    async def token(self, *, alive: bool, subcode: int | None = None) -> None:
        await self.http.put("/_sim/tokens", json={"token": TOKEN, "alive": alive, "subcode": subcode})

    async def dataset(self, *, open_: bool) -> None:
        await self.http.put("/_sim/datasets", json={"dataset": DATASET.id, "open": open_})

    async def calm(self) -> None:
        await self.http.delete("/_sim/events")
        await self.token(alive=True)
        await self.dataset(open_=True)
