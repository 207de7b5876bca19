"""Simulators of tests: real servers in processes of their own, on free ports."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from cli.stack.probe import NO_AUTHORITIES
from proof.servers import Server, data_folder, reserved_port


@contextmanager
def simulator(module: str, *arguments: str, env: dict[str, str] | None = None, ready: str = "/") -> Iterator[str]:
    """Runs `python -m <module> --port …` and gives its URL; ended with the block."""
    with reserved_port() as port, data_folder("simulator") as folder:
        url = f"http://127.0.0.1:{port}"
        argv = [sys.executable, "-m", module, "--port", str(port), *arguments]
        server = Server(argv, folder / "log", env=env or {})

        async def answers() -> bool:
            try:
                async with httpx.AsyncClient(trust_env=False, verify=NO_AUTHORITIES) as client:
                    return (await client.get(url + ready)).status_code == 200
            except httpx.TransportError:
                return False

        server.start(answers)
        try:
            yield url
        finally:
            assert server.stop() == 0, server.tail()
