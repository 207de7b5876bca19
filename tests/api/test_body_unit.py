"""Bodies are read and unpacked within their limit, whatever they claim."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import MutableMapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.ingress.body import MAX_BODY, Disconnected, Receive, read_body, unpack
from domain.kernel.errors import InvalidInput, TooLarge


def sender(*parts: bytes, ends: bool = True) -> tuple[Receive, list[int]]:
    """An ASGI receive that sends the parts; the list counts how many were asked for."""
    taken: list[int] = []

    async def receive() -> MutableMapping[str, Any]:
        index = len(taken)
        taken.append(index)
        if index >= len(parts):
            return {"type": "http.disconnect"}
        more = index + 1 < len(parts) or not ends
        return {"type": "http.request", "body": parts[index], "more_body": more}

    return receive, taken


async def test_a_body_in_parts_is_joined() -> None:
    receive, _ = sender(b"ab", b"", b"c")
    assert await read_body(receive, None) == b"abc"


async def test_a_declared_giant_is_refused_unread() -> None:
    receive, taken = sender(b"x")
    with pytest.raises(TooLarge):
        await read_body(receive, MAX_BODY + 1)
    assert taken == []


async def test_an_undeclared_giant_is_refused_as_soon_as_the_limit_is_passed() -> None:
    mib = b"x" * 1024 * 1024
    receive, taken = sender(*([mib] * 40))
    with pytest.raises(TooLarge):
        await read_body(receive, None)
    assert len(taken) == 17


async def test_exactly_the_limit_is_taken() -> None:
    receive, _ = sender(b"x" * MAX_BODY)
    assert len(await read_body(receive, MAX_BODY)) == MAX_BODY


async def test_a_sender_that_goes_away_is_no_body() -> None:
    receive, _ = sender(b"half", ends=False)
    with pytest.raises(Disconnected):
        await read_body(receive, None)


@given(st.binary(max_size=2000))
def test_what_was_packed_is_unpacked(body: bytes) -> None:
    assert unpack(gzip.compress(body), "gzip") == body
    assert unpack(zlib.compress(body), "deflate") == body
    assert unpack(body, "") == unpack(body, "Identity ") == body


def test_a_bomb_is_refused() -> None:
    bomb = gzip.compress(b"\0" * (MAX_BODY + 1))
    assert len(bomb) < 32 * 1024
    with pytest.raises(TooLarge):
        unpack(bomb, "gzip")


@pytest.mark.parametrize(
    ("body", "encoding", "code"),
    [
        (b"not gzip", "gzip", "encoding_broken"),
        (gzip.compress(b"cut off in the middle of it")[:-9], "gzip", "encoding_broken"),
        (b"", "gzip", "encoding_broken"),
        (b"x", "br", "encoding_unknown"),
    ],
    ids=["not packed", "cut off", "empty", "unknown"],  # the packed bytes hold the time: no name for a test
)
def test_what_does_not_unpack_says_why(body: bytes, encoding: str, code: str) -> None:
    with pytest.raises(InvalidInput) as error:
        unpack(body, encoding)
    assert error.value.code == code
