"""The server of V1 and V2 as a process of its own: the product's ingress and a raw ASGI echo under one uvicorn.

    BENCH_PLACES=<JSON of `Places`> python -m benchmarks.ingress_server

`/echo` sends the body back, `/cpu` tells the seconds of processor time used so far, `/profile` toggles cProfile.
"""

from __future__ import annotations

import cProfile
import io
import os
import pstats
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Final

import orjson
import uvicorn
import uvloop

from api.ingress.accept import Acceptor
from api.ingress.app import PREFIX, Ingress
from eventlog.producer import RawLog
from eventlog.topics import Topics
from gateways.evolution.verify import verify
from vault.db import open_vault
from vault.kek import KeyEncryptionKeys

Message = dict[str, Any]
VARIABLE: Final = "BENCH_PLACES"


@dataclass(frozen=True, slots=True)
class Places:
    """Where the parts are."""

    port: int
    kafka: str
    prefix: str
    vault_dsn: str
    kek: str


class Front:
    """As `api.app`: the ingress's prefix past everything else."""

    def __init__(self, ingress: Ingress) -> None:
        self._ingress = ingress
        self._profile = cProfile.Profile()
        self._profiling = False

    async def __call__(
        self, scope: Message, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        path = scope["path"]
        if path.startswith(PREFIX):
            await self._ingress(scope, receive, send)
        elif path == "/echo":
            await _answer(send, await _body(receive))
        elif path == "/cpu":
            await _answer(send, orjson.dumps(time.process_time()))
        else:
            await _answer(send, self._toggle_profile())

    def _toggle_profile(self) -> bytes:
        self._profiling = not self._profiling
        if self._profiling:
            self._profile.enable()
            return b"on"
        self._profile.disable()
        text = io.StringIO()
        pstats.Stats(self._profile, stream=text).sort_stats("tottime").print_stats(45)
        return text.getvalue().encode()


async def _body(receive: Callable[[], Awaitable[Any]]) -> bytes:
    parts: bytes = b""
    while True:
        message = await receive()
        parts += message.get("body", b"")
        if not message.get("more_body", False):
            return parts


async def _answer(send: Callable[[Any], Awaitable[None]], body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def serve(places: Places) -> None:
    async with AsyncExitStack() as stack:
        keks = KeyEncryptionKeys.from_settings({"k1": places.kek}, "k1")
        vault = await stack.enter_async_context(open_vault(places.vault_dsn, keks))
        log = RawLog(places.kafka)
        stack.push_async_callback(log.stop)
        front = Front(Ingress(Acceptor(vault, log, Topics(places.prefix)), {"evolution": verify}))
        config = uvicorn.Config(
            front,
            port=places.port,
            http="httptools",
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
        )
        await uvicorn.Server(config).serve()


def main() -> None:
    uvloop.run(serve(Places(**orjson.loads(os.environ[VARIABLE]))))


if __name__ == "__main__":
    main()
