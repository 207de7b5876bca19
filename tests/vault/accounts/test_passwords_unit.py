"""What may be a password, and that looking at one is bounded and tells nothing about who has an account."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Literal

import pytest
from argon2 import PasswordHasher

from domain.kernel.errors import InvalidInput, Unavailable
from vault.accounts.passwords import HASHER, Passwords, check_strength

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
GOOD = "correto cavalo bateria"


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    made = Passwords(CHEAP)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("", "password_too_short"),
        ("Tr0ub4dor&3", "password_too_short"),
        ("x" * 129, "password_too_long"),
        ("password1234", "password_weak"),
        ("aaaaaaaaaaaaaaaa", "password_weak"),
        ("qwertyuiop12", "password_weak"),
        ("acme-holding-2026", "password_weak"),
        ("ana.prado@acme.example", "password_weak"),
    ],
)
def test_what_is_guessed_first_is_no_password(password: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_strength(password, ["acme-holding", "Ana Prado", "ana.prado@acme.example"])
    assert refused.value.code == code
    assert not password or password not in refused.value.detail


@pytest.mark.parametrize("password", [GOOD, "çãé ünïcode păssfrase 😀", GOOD * 5])
def test_a_long_sentence_is_one(password: str) -> None:
    check_strength(password, ["Ana"])


async def test_it_matches_itself_and_nothing_else(passwords: Passwords) -> None:
    stored = await passwords.hash(GOOD)
    assert stored.startswith("$argon2id$")
    assert stored != await passwords.hash(GOOD)
    assert await passwords.matches(stored, GOOD)
    assert not await passwords.matches(stored, GOOD + " ")
    assert not await passwords.matches(None, "nobody has this password")
    assert not await passwords.matches("not a hash", GOOD)
    assert not passwords.is_old(stored)
    assert Passwords(HASHER).is_old(stored)


async def test_an_account_that_is_not_there_costs_the_same(passwords: Passwords) -> None:
    """S12. By the work that is done, not by the clock of a busy machine."""
    looked: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002  the library's own name
            looked.append(str(hash).rpartition("$")[0].rpartition("$")[0])
            return super().verify(hash, password)

    counting = Passwords(Counting(time_cost=1, memory_cost=8, parallelism=1))
    stored = await counting.hash(GOOD)
    await counting.matches(stored, "wrong")
    await counting.matches(None, "wrong")
    assert len(looked) == 2
    assert looked[0] == looked[1]  # algorithm and costs
    counting.close()


async def test_more_at_once_than_may_wait_are_turned_away() -> None:
    small = Passwords(PasswordHasher(time_cost=8, memory_cost=8 * 1024, parallelism=1), threads=1, waiting=2)
    began = time.monotonic()
    done = await asyncio.gather(*(small.hash(GOOD) for _ in range(10)), return_exceptions=True)
    refused = [each for each in done if isinstance(each, Unavailable)]
    assert (len(refused), {each.code for each in refused}) == (7, {"busy"})
    assert await small.hash(GOOD)  # and then it goes on
    assert time.monotonic() - began < 30
    small.close()
