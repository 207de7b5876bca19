"""S12. Whoever guesses gets slower and slower, whatever they guess at."""

from __future__ import annotations

import asyncio
import itertools
import time
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from vault.accounts import throttle
from vault.accounts.throttle import LOCKED_S, WAITS, Attempt, attempt_of, prefix_of
from vault.db import Vault

pytestmark = pytest.mark.stack

SECRET = bytes(32)


def of(account: str, address: str) -> Attempt:
    return attempt_of(SECRET, account, address)


@pytest.fixture
def account() -> str:
    return f"{uuid4()}@example.org"


@pytest.fixture
def address() -> str:
    return f"2001:db8:{uuid4().hex[:4]}:{uuid4().hex[:4]}::1"


async def waited(vault: Vault, *attempts: Attempt) -> None:
    """The waits of these are over."""
    async with vault.throttle._pool.connection() as connection:
        for each in attempts:
            await connection.execute(
                "update login_attempt set locked_until = now() where key = any(%s)", (list(each.keys.values()),)
            )


async def test_the_waits_grow_and_end_in_a_quarter_of_an_hour(vault: Vault, account: str, address: str) -> None:
    one = of(account, address)
    asked: list[int] = []
    for _ in range(12):
        assert await vault.throttle.attempt(one) == 0
        asked.append(await vault.throttle.attempt(one) if len(asked) >= 3 else 0)
        await waited(vault, one)
    assert asked[3:] == [1, 2, 4, 8, 16, 32, LOCKED_S, LOCKED_S, LOCKED_S]


async def test_an_attempt_while_one_waits_is_refused_and_not_counted(vault: Vault, account: str, address: str) -> None:
    one = of(account, address)
    for _ in range(3):
        assert await vault.throttle.attempt(one) == 0
    assert await vault.throttle.attempt(one) == 0  # the fourth: from now on one waits
    for _ in range(20):
        assert await vault.throttle.attempt(one) == 1
    await waited(vault, one)
    assert await vault.throttle.attempt(one) == 0


async def test_a_thousand_at_once_are_counted_one_by_one(vault: Vault, account: str, address: str) -> None:
    one, began = of(account, address), time.monotonic()
    done = await asyncio.gather(*(vault.throttle.attempt(one) for _ in range(100)))
    over = [total for total in itertools.accumulate(WAITS["both"]) if total <= time.monotonic() - began]
    assert 1 <= done.count(0) <= len(over) + 1
    assert min(wait for wait in done if wait) >= 1


async def test_the_right_password_begins_anew(vault: Vault, account: str, address: str) -> None:
    one = of(account, address)
    for _ in range(40):
        assert await vault.throttle.attempt(one) == 0
        await vault.throttle.passed(one)


async def test_many_addresses_at_one_account_are_stopped_too(vault: Vault, account: str) -> None:
    free = 0
    for n in range(60):
        if await vault.throttle.attempt(of(account, f"198.51.{n}.7")) == 0:
            free += 1
    assert free == len(WAITS["account"])


async def test_many_accounts_from_one_address_are_stopped_too(vault: Vault, address: str) -> None:
    free = 0
    for _ in range(110):
        if await vault.throttle.attempt(of(f"{uuid4()}@example.org", address)) == 0:
            free += 1
    assert free == len(WAITS["address"])


async def test_others_are_not_held_up(vault: Vault, account: str, address: str) -> None:
    for _ in range(10):
        await vault.throttle.attempt(of(account, address))
        await waited(vault, of(account, address))
    assert await vault.throttle.attempt(of(account, "203.0.113.9")) == 0  # the owner, from home
    assert await vault.throttle.attempt(of(f"{uuid4()}@example.org", address)) == 0  # a colleague


async def test_unlocked_by_mail_an_account_is_free_from_everywhere(vault: Vault, account: str, address: str) -> None:
    one = of(account, address)
    for _ in range(10):
        await vault.throttle.attempt(one)
        await waited(vault, *([one] if _ < 9 else []))
    assert await vault.throttle.attempt(one) > 800
    async with vault.throttle._pool.transaction() as connection:
        await throttle.unlock(connection, one.account)
    assert await vault.throttle.attempt(one) == 0


async def test_after_an_hour_it_is_forgotten(own_vault: Vault, account: str, address: str, monkeypatch: Any) -> None:
    one = of(account, address)
    for _ in range(10):
        await own_vault.throttle.attempt(one)
        await waited(own_vault, one)
    monkeypatch.setattr(throttle, "FORGOTTEN", timedelta(0))
    for _ in range(5):
        assert await own_vault.throttle.attempt(one) == 0
    await own_vault.throttle.forget_old()
    async with own_vault.throttle._pool.connection() as connection:
        assert await (await connection.execute("select count(*) from login_attempt")).fetchone() == (0,)


@pytest.mark.parametrize(
    ("address", "prefix"),
    [
        ("192.0.2.77", "192.0.2.77/32"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "::/64"),
        ("unknown", "unknown"),
    ],
)
def test_who_has_one_address_of_the_new_kind_has_many(address: str, prefix: str) -> None:
    assert prefix_of(address) == prefix
