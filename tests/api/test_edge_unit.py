"""Parts of the edge, each as an ASGI application of its own."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

import pytest
import structlog

from api.edge.capped import Capped
from api.edge.client import Client, address_of
from api.edge.headers import DEFAULTS, Headers
from api.edge.limited import bearer_of
from api.edge.traced import Traced, trace_of, traceparent

Message = MutableMapping[str, Any]
TRACE = "0af7651916cd43dd8448eb211c80319c"  # pragma: allowlist secret


def scope_of(*headers: tuple[str, str], client: str = "127.0.0.1", path: str = "/v1/x") -> Message:
    raw = [(name.encode(), value.encode()) for name, value in headers]
    return {"type": "http", "method": "POST", "path": path, "headers": raw, "client": (client, 1), "scheme": "http"}


async def call(app: Any, scope: Message, *parts: bytes) -> list[Message]:
    """What it answers to a body in these parts."""
    waiting = [
        {"type": "http.request", "body": part, "more_body": index < len(parts) - 1} for index, part in enumerate(parts)
    ]
    sent: list[Message] = []

    async def receive() -> Message:
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent


async def echo(scope: Message, receive: Any, send: Any) -> None:
    """The body it was given, and then whether the client is still there."""
    body = (await receive()).get("body", b"")
    await send({"type": "http.response.start", "status": 200, "headers": [(b"cache-control", b"max-age=9")]})
    await send({"type": "http.response.body", "body": body, "after": (await receive())["type"]})


CHUNKED = ("transfer-encoding", "chunked")


@pytest.mark.parametrize(
    ("headers", "parts", "status"),
    [
        ([CHUNKED], [b"12345", b"67890"], 200),
        ([CHUNKED], [b"12345", b"67890", b"1"], 413),
        ([("content-length", "10")], [b"1234567890"], 200),
        ([("content-length", "11")], [b""], 413),  # refused before a byte of it is read
        ([("content-length", "3")], [b"1234567890", b"1"], 413),  # it lied
        ([("content-length", "3"), CHUNKED], [b"1234567890", b"1"], 413),
        ([("content-length", "x")], [b"1234567890", b"1"], 413),
        ([("content-length", "9" * 30)], [b"1234567890", b"1"], 413),
    ],
)
async def test_a_body_is_counted_whatever_its_headers_say(
    headers: list[tuple[str, str]], parts: list[bytes], status: int
) -> None:
    start, body = await call(Capped(echo, limit=10), scope_of(*headers), *parts)
    assert start["status"] == status
    if status == 200:
        assert (body["body"], body["after"]) == (b"".join(parts), "http.disconnect")
    else:
        assert b"at most 10 bytes" in body["body"]


async def test_who_goes_away_in_the_middle_is_answered_nothing() -> None:
    assert await call(Capped(echo, limit=10), scope_of(CHUNKED)) == []


async def whose(scope: Message, _: Any, send: Any) -> None:
    names = sorted(name.decode() for name, _ in scope["headers"])
    await send({"type": "said", "address": address_of(scope), "scheme": scope["scheme"], "headers": names})


FORWARDED = [("x-forwarded-for", "203.0.113.9"), ("x-forwarded-proto", "https"), ("cf-ipcountry", "BR")]


@pytest.mark.parametrize(
    ("peer", "address", "scheme", "country"),
    [
        ("10.1.2.3", "203.0.113.9", "https", True),
        ("192.0.2.1", "203.0.113.9", "https", True),
        ("192.0.2.2", "192.0.2.2", "http", False),  # the control: anybody may write such headers
        ("unknown", "unknown", "http", False),
    ],
)
async def test_only_our_proxies_say_who_the_client_is(peer: str, address: str, scheme: str, country: bool) -> None:
    client = Client(whose, ("10.0.0.0/8", "192.0.2.1"), frozenset({"cf-ipcountry"}))
    [said] = await call(client, scope_of(*FORWARDED, client=peer))
    assert (said["address"], said["scheme"], "cf-ipcountry" in said["headers"]) == (address, scheme, country)


async def test_of_what_a_client_forged_in_front_of_our_proxy_the_last_hop_counts() -> None:
    client = Client(whose, ("10.0.0.0/8",), frozenset())
    [said] = await call(client, scope_of(("x-forwarded-for", "1.1.1.1, 203.0.113.9"), client="10.1.2.3"))
    assert said["address"] == "203.0.113.9"


@pytest.mark.parametrize("secure", [True, False])
async def test_every_answer_has_the_headers_and_may_say_otherwise(secure: bool) -> None:
    start, _ = await call(Headers(echo, secure=secure), scope_of(), b"")
    found = {name.decode(): value.decode() for name, value in start["headers"]}
    assert found.items() >= (DEFAULTS | {"cache-control": "max-age=9"}).items()
    assert ("strict-transport-security" in found) is secure
    assert len(found) == len(start["headers"])


@pytest.mark.parametrize(
    ("header", "trace"),
    [
        (f"00-{TRACE}-b7ad6b7169203331-01", TRACE),
        (f"00-{'0' * 32}-b7ad6b7169203331-01", None),
        (f"00-{TRACE}-{'0' * 16}-01", None),
        (f"00-{TRACE.upper()}-b7ad6b7169203331-01", None),
        ("", None),
        ("x" * 5000, None),
    ],
)
def test_a_trace_is_taken_over_only_in_its_form(header: str, trace: str | None) -> None:
    assert trace_of(header) == trace


async def test_a_request_binds_its_trace_and_leaves_nothing_behind() -> None:
    async def said(_: Message, __: Any, send: Any) -> None:
        structlog.contextvars.bind_contextvars(company="c", user="u")  # as api/auth.py does
        await send({"type": "said", "bound": structlog.contextvars.get_contextvars(), "parent": traceparent.get()})

    [told] = await call(Traced(said), scope_of(("traceparent", f"00-{TRACE}-b7ad6b7169203331-01")))
    assert told["bound"].items() >= {"trace_id": TRACE, "company": "c", "user": "u"}.items()
    assert told["parent"].startswith(f"00-{TRACE}-")
    [own] = await call(Traced(said), scope_of())
    assert own["bound"]["trace_id"] not in (TRACE, "")
    assert not {"trace_id", "company", "user"} & structlog.contextvars.get_contextvars().keys()
    assert traceparent.get() is None


@pytest.mark.parametrize(
    ("header", "token"),
    [("Bearer abc", "abc"), ("bearer  abc ", "abc"), ("Basic abc", ""), ("Bearer", ""), ("", ""), ("abc", "")],
)
def test_the_token_is_found_as_the_routes_find_it(header: str, token: str) -> None:
    assert bearer_of(scope_of(("authorization", header))) == token
