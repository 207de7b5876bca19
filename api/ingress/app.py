"""The edge for providers: a raw ASGI callable in front of FastAPI (three times its rate).

    POST /ingress/<provider>/<external name of the instance>[/…]

| what comes | answer | and |
|---|---|---|
| authenticated, any content, also empty or not JSON | 200 | one record of [ingress], acknowledged by the broker |
| authenticated, packed so that it does not unpack | 200 | a dead letter (`encoding_…`): no retry would help |
| authenticated, more than 16 MiB, packed or unpacked | 413 | a dead letter (`body_too_large`) |
| unknown instance, missing or wrong secret | 503 | counted and summarised: never 401/404, it may be our own fault |
| authenticated, more in a minute than an instance may | 503 | the provider tries again |
| broker, vault or PostgreSQL away, a body that does not end | 503 | the provider tries again |
| another method | 405 | |

Which instance exists does not show: strangers get the same bytes, unread, and no sooner than `STRANGER_S`.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final

import orjson
import structlog

from api.edge.window import Windows
from api.ingress.accept import Acceptor
from api.ingress.answers import ANSWERS
from api.ingress.body import Disconnected, Receive, read_body, unpack
from api.ingress.strangers import Stranger, Strangers, network_of
from api.metrics import INGRESS
from domain.kernel.errors import InvalidInput, LegionError, TooLarge, Unavailable
from vault.credentials import InstanceRef

PREFIX: Final = "/ingress/"
NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,100}")
"""As `POST /v1/instances` takes names: another cannot be one of ours, and PostgreSQL need not see it."""

MINUTE_S: Final = 60.0
SUMMARY_CHECK_S: Final = 5.0
STRANGER_S: Final = 0.05
"""From request to a stranger's answer, seconds: longer than a look-up takes, in the cache or in the database."""

SAY_S: Final = 1.0
"""Seconds between two log lines about a part that is away."""

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Verify = Callable[[dict[str, str], bytes, tuple[str, ...]], bool | None]
"""(headers in lower case, raw body, live secrets) → whether it is authentic; None: there was nothing to judge by."""

log = structlog.get_logger()


class Unproven(Exception):
    """The request does not prove who sent it. instance: its id where the name is one of ours."""

    def __init__(self, why: str, instance: str = "") -> None:
        self.why = why
        self.instance = instance
        super().__init__(why)


class Ingress:
    """`await ingress(scope, receive, send)` for paths under `PREFIX`.

    verifiers: provider → its check. signs_body: providers whose check needs the body; the others' senders are judged
    by their headers before a byte of the body is read. per_minute: webhooks of one instance in this process, None for
    any number; more are 503 `instance_throttled`, and come again by the provider's own ladder. Only who is authentic
    counts: a stranger cannot use up an instance's.
    """

    def __init__(
        self,
        acceptor: Acceptor,
        verifiers: Mapping[str, Verify],
        *,
        signs_body: frozenset[str] = frozenset(),
        per_minute: int | None = None,
    ) -> None:
        self._acceptor = acceptor
        self._verifiers = verifiers
        self._signs_body = signs_body
        self._strangers = Strangers()
        self._per_minute = per_minute
        self._windows = Windows(MINUTE_S)
        self._said_at = -SAY_S

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        status, code = await self._answer(scope, receive, started)
        INGRESS.labels(str(status), code).observe(time.perf_counter() - started)
        if status:
            status, headers, body = ANSWERS[status]
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": body})

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

    async def _answer(self, scope: Scope, receive: Receive, started: float) -> tuple[int, str]:
        """(status, code); status 0: nobody waits any more."""
        if scope["method"] != "POST":
            return 405, "method_not_allowed"
        try:
            return await self._receive(scope, receive)
        except Unproven as unproven:
            self._count(scope, unproven)
            await asyncio.sleep(STRANGER_S - (time.perf_counter() - started))
            return 503, unproven.why
        except Disconnected:
            return 0, "disconnected"
        except LegionError as error:
            return 503, self._say(error.code)
        except Exception as error:
            # A fault of ours must not cost the provider's message: it tries again.
            log.error("ingress_failed", exc_info=error)
            return 503, "internal_error"

    def _say(self, code: str) -> str:
        """Logs a code at most once a second: in an outage every request has it, and the metrics count them."""
        if time.monotonic() - self._said_at > SAY_S:
            self._said_at = time.monotonic()
            log.warning("ingress_unavailable", code=code)
        return code

    async def _receive(self, scope: Scope, receive: Receive) -> tuple[int, str]:
        """Verifies before it judges: a stranger can neither fill memory or the DLQ nor learn a limit."""
        provider, _, rest = scope["path"].removeprefix(PREFIX).partition("/")
        instance = await self._instance(provider, rest.partition("/")[0])
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        verify, signs_body = self._verifiers[provider], provider in self._signs_body
        if not signs_body:
            self._admit(instance, verify(headers, b"", instance.secrets))
        length = headers.get("content-length", "")
        try:
            raw = await read_body(receive, int(length) if length.isascii() and length.isdigit() else None)
            if signs_body:
                self._admit(instance, verify(headers, raw, instance.secrets))
            body = unpack(raw, headers.get("content-encoding", ""))
        except TooLarge as error:
            if signs_body:  # whose it was cannot be known
                raise Unproven("unsigned_giant", instance.instance) from None
            return await self._reject(instance, 413, error)
        except InvalidInput as error:
            return await self._reject(instance, 200, error)
        await self._acceptor.accept(provider, instance, body, headers.get("content-type", ""))
        return 200, "accepted"

    def _admit(self, instance: InstanceRef, proven: bool | None) -> None:
        """Raises Unproven; Unavailable `instance_throttled`: only what is proven counts."""
        if not proven:
            raise Unproven("bad_secret", instance.instance)
        if self._per_minute and not self._windows.hit(instance.instance, self._per_minute, MINUTE_S):
            raise Unavailable("instance_throttled", f"more than {self._per_minute} webhooks in a minute")

    async def _instance(self, provider: str, name: str) -> InstanceRef:
        found = None
        if provider in self._verifiers and NAME.fullmatch(name):
            found = await self._acceptor.vault.credentials.instance_for(provider, name)
        if found is None:
            raise Unproven("unknown_instance")
        return found

    async def _reject(self, instance: InstanceRef, status: int, error: LegionError) -> tuple[int, str]:
        await self._acceptor.reject(instance.instance, error.code, error.detail)
        return status, error.code

    def _count(self, scope: Scope, unproven: Unproven) -> None:
        client = scope.get("client")
        network = network_of(client[0] if client else None)
        self._strangers.saw(Stranger(unproven.why, unproven.instance, network), time.monotonic())
