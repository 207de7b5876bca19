"""Liveness, readiness, metrics. Not under /v1, open to probes, and they tell nothing about anybody."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import orjson
from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api.services import Services, ServicesDep
from domain.kernel.errors import LegionError

router = APIRouter(tags=["health"])


@router.get("/health/live")
async def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "live"}


@router.get("/health/ready")
async def ready(services: ServicesDep) -> Response:
    """200 when every part that a request needs is there, else 503 with which are not."""
    checks = {"log": services.log.check, "vault": _vault(services), "reads": _reads(services)}
    states = dict(zip(checks, await asyncio.gather(*map(_state, checks.values())), strict=True))
    status = 200 if set(states.values()) == {"ok"} else 503
    body = {"status": "ready" if status == 200 else "not_ready", "parts": states}
    return Response(orjson.dumps(body), status, media_type="application/json")


@router.get("/metrics")
async def metrics() -> Response:
    """Prometheus text format."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _state(check: Callable[[], Awaitable[None]]) -> str:
    try:
        await check()
    except LegionError as error:
        return error.code
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
