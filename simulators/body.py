"""Reading a request's JSON object, with anything else read as an empty one: the routes say what is missing."""

from __future__ import annotations

from typing import Any

from fastapi import Request


async def read_object(request: Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
