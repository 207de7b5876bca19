"""Another API process of a running stack, with caches of its own."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from cli.demo.client import until
from proof.ground.running import BACK_S, Running
from proof.servers import Server, reserved_port, spawned


@asynccontextmanager
async def second_api(running: Running, folder: Path, bug: str = "") -> AsyncIterator[httpx.AsyncClient]:
    """A client of it, ready. bug: module with `plant()`; "": none."""
    with reserved_port() as port:
        # One Legion has one address, whichever process answers: tokens are issued for it.
        env = running.plan.env | {"LEGION_API_PORT": str(port), "LEGION_API_PUBLIC_URL": running.settings.public_url}
        program = ["proof.bugs.planted", bug] if bug else ["cli"]
        with spawned(Server([sys.executable, "-m", *program, "api"], folder / "second_api.log", env)):
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60) as http:

                async def ready() -> bool:
                    return (await http.get("/health/ready")).status_code == httpx.codes.OK

                await until("the second API", ready, BACK_S)
                yield http
