"""The bearer token: asked of the vault seldom when good, always when bad."""

from __future__ import annotations

import pytest

from api.auth import REMEMBER_S, Authenticator
from domain.kernel.actor import BOOTSTRAP
from domain.kernel.errors import Unauthenticated


class Book:
    """Tokens in memory; counts how often it was asked."""

    def __init__(self, *good: str) -> None:
        self.good = set(good)
        self.asked = 0

    async def verify(self, token: str) -> bool:
        self.asked += 1
        return token in self.good


async def test_a_good_token_is_remembered_for_a_while_only(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("api.auth.time.monotonic", lambda: now[0])
    book = Book("good")
    authenticate = Authenticator(book)
    for _ in range(5):
        assert (await authenticate("good")).actor == BOOTSTRAP
    assert book.asked == 1
    now[0] += REMEMBER_S + 0.1
    book.good.clear()  # taken away
    with pytest.raises(Unauthenticated):
        await authenticate("good")
    with pytest.raises(Unauthenticated):
        await authenticate("good")
    assert book.asked == 3


@pytest.mark.parametrize("token", [None, "", "bad", "goo", "good "])
async def test_anything_else_is_refused_and_never_remembered(token: str | None) -> None:
    authenticate = Authenticator(Book("good"))
    await authenticate("good")
    for _ in range(2):
        with pytest.raises(Unauthenticated):
            await authenticate(token)
