"""ClickHouse's HTTP interface as a raw ASGI application over chDB."""

from __future__ import annotations

import asyncio
import secrets
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

import orjson
import structlog

from embedded.clickhouse.codec import Encoder, choose, encoder
from embedded.clickhouse.engine import Answer, Engine
from embedded.clickhouse.errors import QUERY_IS_TOO_LARGE, ClickHouseError, refused
from embedded.clickhouse.logins import Login, authenticate, credentials
from embedded.clickhouse.request import Request, parse

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

# Requests worked on at once; chDB itself uses all cores for each.
THREADS = 4
MAX_BODY_BYTES = 512 * 1024 * 1024
SERVER_NAME = "legion-embedded"
_CONTENT_TYPES = {
    "native": "application/octet-stream",
    "tabseparated": "text/tab-separated-values; charset=UTF-8",
    "tsv": "text/tab-separated-values; charset=UTF-8",
    "csv": "text/csv; charset=UTF-8; header=absent",
    "csvwithnames": "text/csv; charset=UTF-8; header=present",
    "json": "application/json; charset=UTF-8",
    "jsoncompact": "application/json; charset=UTF-8",
    "jsoneachrow": "application/x-ndjson; charset=UTF-8",
}
_DEFAULT_CONTENT_TYPE = "text/plain; charset=UTF-8"
_log = structlog.get_logger()


async def _read_body(receive: Receive) -> bytes:
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionAbortedError("the client left")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MAX_BODY_BYTES:
            raise refused(QUERY_IS_TOO_LARGE, "QUERY_IS_TOO_LARGE", f"the body exceeds {MAX_BODY_BYTES} bytes")
        more = message.get("more_body", False)
    return b"".join(parts)


def _exception_tail(error: ClickHouseError, tag: str) -> bytes:
    """How an error after the first block is told: src/Server/HTTP/WriteBufferFromHTTPServerResponse.cpp, 25.11+."""
    text = str(error)
    return f"\r\n__exception__\r\n{tag}\r\n{text}\n{len(text.encode()) + 1} {tag}\r\n__exception__\r\n".encode()


class App:
    """One per process: `engine` owns the data folder."""

    def __init__(self, engine: Engine, logins: tuple[Login, ...]) -> None:
        self._engine = engine
        self._logins = logins
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="chdb")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        path, method = scope["path"], scope["method"]
        if path in ("/ping", "/replicas_status") or (path == "/" and not scope["query_string"] and method == "GET"):
            await self._respond(send, 200, {"content-type": "text/html; charset=UTF-8"}, b"Ok.\n")
        elif path != "/":
            await self._respond(send, 404, {}, f"There is no handle {path}\n".encode())
        elif method not in ("GET", "POST", "HEAD"):
            await self._respond(send, 405, {"allow": "GET, POST, HEAD"}, b"")
        else:
            await self._query(scope, receive, send)

    async def _query(self, scope: Scope, receive: Receive, send: Send) -> None:
        query_id = str(uuid.uuid4())
        try:
            headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
            query_string = scope["query_string"].decode("latin-1")
            # Before the body is read: a stranger makes us keep nothing.
            login = authenticate(self._logins, *credentials(headers, query_string))
            request = parse(scope["method"], query_string, headers, await _read_body(receive))
            query_id = request.query_id or query_id
            answer = await self._in_pool(lambda: self._engine.run(request, read_only=login.read_only))
        except ClickHouseError as error:
            await self._fail(send, error, query_id)
        except ConnectionAbortedError:
            return
        else:
            await self._answer(send, receive, request, answer, query_id)

    async def _in_pool(self, work: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def _headers(self, query_id: str) -> dict[str, str]:
        return {
            "x-clickhouse-server-display-name": SERVER_NAME,
            "x-clickhouse-query-id": query_id,
            "x-clickhouse-timezone": self._engine.timezone,
        }

    async def _fail(self, send: Send, error: ClickHouseError, query_id: str) -> None:
        headers = {
            **self._headers(query_id),
            "content-type": _DEFAULT_CONTENT_TYPE,
            "x-clickhouse-exception-code": str(error.code),
        }
        # The text may quote what was asked; it goes to the asker alone.
        _log.info("query refused", code=error.code, query_id=query_id)
        await self._respond(send, error.status, headers, f"{error}\n".encode())

    async def _answer(self, send: Send, receive: Receive, request: Request, answer: Answer, query_id: str) -> None:
        encoding = choose(request.accept_encoding)
        headers = {
            **self._headers(query_id),
            "content-type": _CONTENT_TYPES.get(answer.format.lower(), _DEFAULT_CONTENT_TYPE),
            "x-clickhouse-format": answer.format,
        }
        if encoding is not None:
            headers["content-encoding"] = encoding
        if answer.streamed:
            await self._stream(send, receive, headers, answer, encoder(encoding))
            return
        numbers = {name: str(value) for name, value in asdict(answer.summary).items()}
        headers["x-clickhouse-summary"] = orjson.dumps(numbers).decode()
        encoded = encoder(encoding)
        body = b"".join(encoded.encode(block) for block in answer.blocks) + encoded.finish()
        await self._respond(send, 200, headers, body)

    async def _stream(
        self, send: Send, receive: Receive, headers: dict[str, str], answer: Answer, encoded: Encoder
    ) -> None:
        """Send block by block; the client's leaving ends the query at the next block."""
        tag = secrets.token_hex(8)
        await self._begin(send, 200, {**headers, "x-clickhouse-exception-tag": tag})
        left = asyncio.ensure_future(receive())
        blocks = answer.blocks
        try:
            while not left.done() and (block := await self._in_pool(lambda: next(blocks, None))) is not None:
                await send({"type": "http.response.body", "body": encoded.encode(block), "more_body": True})
        except ClickHouseError as error:
            await send(
                {"type": "http.response.body", "body": encoded.encode(_exception_tail(error, tag)), "more_body": True}
            )
        finally:
            left.cancel()
            await self._in_pool(blocks.close)  # type: ignore[attr-defined]  # streamed blocks are a generator
        await send({"type": "http.response.body", "body": encoded.finish()})

    async def _begin(self, send: Send, status: int, headers: dict[str, str]) -> None:
        pairs = [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": pairs})

    async def _respond(self, send: Send, status: int, headers: dict[str, str], body: bytes) -> None:
        await self._begin(send, status, {**headers, "content-length": str(len(body))})
        await send({"type": "http.response.body", "body": body})
