"""Whether an HTTP server of the stack answers."""

from __future__ import annotations

from typing import Final

import httpx

TIMEOUT_S: Final = 1.0


async def answers(url: str) -> bool:
    """True on any answer below 500. Never through a proxy: these are on loopback."""
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=TIMEOUT_S) as client:
            return (await client.get(url)).status_code < 500
    except httpx.HTTPError:
        return False
