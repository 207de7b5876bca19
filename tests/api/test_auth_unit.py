"""The bootstrap token: asked of the vault seldom when good, always when bad. And which company a request names."""

from __future__ import annotations

from typing import Any, cast

import pytest

from api.auth import BOOTSTRAP_PREFIX, REMEMBER_S, Authenticator, named_companies
from domain.kernel.actor import BOOTSTRAP
from domain.kernel.errors import InvalidInput, LegionError, Unauthenticated
from domain.kernel.ids import HOLDING_TENANT, derived
from vault.tokens import PREFIX

GOOD = f"{BOOTSTRAP_PREFIX}good"
HERE = "192.0.2.1"
ONE, TWO = derived("one"), derived("two")


class Book:
    """Tokens in memory; counts how often it was asked."""

    def __init__(self, *good: str) -> None:
        self.good = set(good)
        self.asked = 0

    async def verify(self, token: str) -> bool:
        self.asked += 1
        return token in self.good


class NoTokens:
    """No access token is one of ours."""

    async def read(self, token: str) -> Any:
        raise Unauthenticated("token_invalid")


def authenticator(book: Book) -> Authenticator:
    nothing = cast(Any, None)
    return Authenticator(book, cast(Any, NoTokens()), nothing, nothing, nothing)


def test_the_vault_makes_tokens_that_are_told_by_their_beginning() -> None:
    assert PREFIX == BOOTSTRAP_PREFIX


async def test_a_good_token_is_remembered_for_a_while_only(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("api.auth.time.monotonic", lambda: now[0])
    book = Book(GOOD)
    authenticate = authenticator(book)
    for _ in range(5):
        assert await authenticate.identify(GOOD, HERE) is None
    assert book.asked == 1
    now[0] += REMEMBER_S + 0.1
    book.good.clear()  # taken away
    for _ in range(2):
        with pytest.raises(Unauthenticated):
            await authenticate.identify(GOOD, HERE)
    assert book.asked == 3


@pytest.mark.parametrize("token", [None, "", "bad", "goo", f"{BOOTSTRAP_PREFIX}goo", f"{GOOD} "])
async def test_anything_else_is_refused_and_never_remembered(token: str | None) -> None:
    authenticate = authenticator(Book(GOOD))
    caller = await authenticate.in_company(GOOD, await authenticate.identify(GOOD, HERE), HOLDING_TENANT, HERE)
    assert caller.actor == BOOTSTRAP
    assert GOOD not in repr(caller)
    for _ in range(2):
        with pytest.raises(Unauthenticated):
            await authenticate.identify(token, HERE)


@pytest.mark.parametrize(
    ("path", "header", "named"),
    [
        (None, None, ()),
        (ONE, None, (ONE,)),
        (None, ONE, (ONE,)),
        (ONE, TWO, (ONE, TWO)),
        (ONE.upper(), ONE, (ONE, ONE)),
        ("x", None, InvalidInput),
        (ONE, "", InvalidInput),
        (None, "", InvalidInput),
        (None, f"{ONE},{TWO}", InvalidInput),
    ],
)
def test_the_companies_that_a_request_names(
    path: str | None, header: str | None, named: tuple[str, ...] | type[LegionError]
) -> None:
    parameters = {} if path is None else {"company_id": path}
    if isinstance(named, tuple):
        assert named_companies(parameters, header) == named
    else:
        with pytest.raises(named):
            named_companies(parameters, header)
