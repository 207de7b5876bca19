"""The edge for providers: a raw ASGI callable in front of FastAPI (three times its rate).

    POST /ingress/<provider>/<external name of the instance>[/…]

| what comes | answer | and |
|---|---|---|
| authenticated, any content, also empty or not JSON | 200 | one record of [ingress], acknowledged by the broker |
| authenticated, packed so that it does not unpack | 200 | a dead letter (`encoding_…`): no retry would help |
| more than 16 MiB, packed or unpacked | 413 | a dead letter (`body_too_large`) |
| unknown instance, missing or wrong secret | 503 | counted and summarised: never 401/404, it may be our own fault |
| broker, vault or PostgreSQL away | 503 | the provider tries again |
| another method | 405 | |
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

import orjson
import structlog

from api.ingress.accept import Acceptor
from api.ingress.body import Disconnected, Receive, read_body, unpack
from api.ingress.strangers import Stranger, Strangers, network_of
from api.metrics import INGRESS
from domain.kernel.errors import InvalidInput, LegionError, TooLarge
from vault.credentials import InstanceRef

PREFIX: Final = "/ingress/"
RETRY_AFTER_S: Final = b"5"
"""Evolution's own ladder begins at 5 s."""

SUMMARY_CHECK_S: Final = 5.0

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Verify = Callable[[dict[str, str], bytes, tuple[str, ...]], bool | None]
"""(headers in lower case, raw body, live secrets) → whether it is authentic; None: there was nothing to judge by."""

log = structlog.get_logger()


class Ingress:
    """`await ingress(scope, receive, send)` for paths under `PREFIX`. verifiers: provider → its check."""

    def __init__(self, acceptor: Acceptor, verifiers: dict[str, Verify]) -> None:
        self._acceptor = acceptor
        self._verifiers = verifiers
        self._strangers = Strangers()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        status, code = await self._answer(scope, receive)
        INGRESS.labels(str(status), code).observe(time.perf_counter() - started)
        if status:
            await _respond(send, status, code)

    async def summarise(self) -> None:
        """For ever: one dead letter a minute with the counts of strangers, while there are any."""
        while True:
            await asyncio.sleep(SUMMARY_CHECK_S)
            if self._strangers.due(time.monotonic()):
                await self.flush()

    async def flush(self) -> None:
        """Writes the counts now. Broker away: they go on being counted."""
        counts = self._strangers.take()
        if not counts:
            return
        rows = [{"why": s.why, "instance": s.instance, "network": s.network, "count": n} for s, n in counts.items()]
        try:
            await self._acceptor.reject("", "unauthenticated", orjson.dumps(rows).decode())
        except LegionError as error:
            log.warning("strangers_not_summarised", code=error.code, rows=len(rows))
            for stranger, count in counts.items():
                self._strangers.saw(stranger, time.monotonic(), count)

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[int, str]:
        """(status, code); status 0: nobody waits any more."""
        if scope["method"] != "POST":
            return 405, "method_not_allowed"
        provider, _, rest = scope["path"].removeprefix(PREFIX).partition("/")
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        instance = None
        try:
            instance = await self._instance(provider, rest.split("/", 1)[0])
            if instance is None:
                return self._stranger(scope, "unknown_instance", "")
            return await self._receive(scope, receive, provider, instance, headers)
        except Disconnected:
            return 0, "disconnected"
        except (TooLarge, InvalidInput) as error:
            return await self._reject(instance, 413 if isinstance(error, TooLarge) else 200, error)
        except LegionError as error:
            log.warning("ingress_unavailable", code=error.code)
            return 503, error.code

    async def _instance(self, provider: str, name: str) -> InstanceRef | None:
        if provider not in self._verifiers or not name:
            return None
        return await self._acceptor.vault.credentials.instance_for(provider, name)

    async def _receive(
        self, scope: Scope, receive: Receive, provider: str, instance: InstanceRef, headers: dict[str, str]
    ) -> tuple[int, str]:
        """Verifies before it judges: a stranger can neither fill the DLQ nor learn a limit."""
        length = headers.get("content-length", "")
        verify = self._verifiers[provider]
        declared = int(length) if length.isascii() and length.isdigit() else None
        try:
            raw = await read_body(receive, declared)
        except TooLarge:
            if not verify(headers, b"", instance.secrets):  # a header secret can be checked without the body
                return self._stranger(scope, "bad_secret", instance.instance)
            raise
        if not verify(headers, raw, instance.secrets):
            return self._stranger(scope, "bad_secret", instance.instance)
        body = unpack(raw, headers.get("content-encoding", ""))
        await self._acceptor.accept(provider, instance, body, headers.get("content-type", ""))
        return 200, "accepted"

    async def _reject(self, instance: InstanceRef | None, status: int, error: LegionError) -> tuple[int, str]:
        try:
            await self._acceptor.reject(instance.instance if instance else "", error.code, error.detail)
        except LegionError as away:
            return 503, away.code
        return status, error.code

    def _stranger(self, scope: Scope, why: str, instance: str) -> tuple[int, str]:
        client = scope.get("client")
        self._strangers.saw(Stranger(why, instance, network_of(client[0] if client else None)), time.monotonic())
        return 503, why


async def _respond(send: Send, status: int, code: str) -> None:
    """Strangers get the same words whatever was wrong: which instance exists is none of their business."""
    ok = status == 200
    public = code if status in {200, 405, 413} else "unavailable"
    body = b'{"status":"accepted"}' if ok else orjson.dumps({"status": status, "code": public})
    headers = [(b"content-type", b"application/json" if ok else b"application/problem+json")]
    headers += [(b"retry-after", RETRY_AFTER_S)] if status == 503 else []
    headers += [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
