"""Liveness, readiness, metrics. Not under /v1, open to probes, and they tell nothing about anybody."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Literal

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from api.services import Services, ServicesDep
from domain.kernel.errors import LegionError

router = APIRouter(tags=["health"])


CHECK_S: Final = 2.0
"""A probe wants its answer before its own time-out; a part that takes longer is not ready."""


class Live(BaseModel):
    """The process answers."""

    status: Literal["live"] = "live"


class Ready(BaseModel):
    """parts: `log`, `vault`, `reads` → `ok`, or the code of what is wrong."""

    status: Literal["ready", "not_ready"]
    parts: dict[str, str]


@router.get("/health/live")
async def live() -> Live:
    """The process answers."""
    return Live()


@router.get("/health/ready", responses={503: {"model": Ready, "description": "A part is away"}})
async def ready(services: ServicesDep, response: Response) -> Ready:
    """200 when every part that a request needs is there, else 503 with which are not."""
    checks = {"log": services.log.check, "vault": _vault(services), "reads": _reads(services)}
    states = dict(zip(checks, await asyncio.gather(*map(_state, checks.values())), strict=True))
    if set(states.values()) == {"ok"}:
        return Ready(status="ready", parts=states)
    response.status_code = 503
    return Ready(status="not_ready", parts=states)


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics() -> Response:
    """Prometheus text format."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _state(check: Callable[[], Awaitable[None]]) -> str:
    try:
        async with asyncio.timeout(CHECK_S):
            await check()
    except LegionError as error:
        return error.code
    except TimeoutError:
        return "timed_out"
    return "ok"


def _vault(services: Services) -> Callable[[], Awaitable[None]]:
    async def check() -> None:
        await services.vault.generations.active()

    return check


def _reads(services: Services) -> Callable[[], Awaitable[None]]:
    async def check() -> None:
        async with services.reads.system() as conn:
            await conn.execute("select 1")

    return check
