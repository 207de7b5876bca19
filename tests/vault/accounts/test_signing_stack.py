"""The keys that sign access tokens change without a token that is refused."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest

from api.tokens import LIFETIME_S, SKEW_S
from domain.kernel.errors import Refused
from vault.accounts.signing import (
    AGAIN_S,
    JWKS_S,
    OPENS_S,
    PUBLISHED_S,
    REMEMBERED_S,
    SigningKeys,
)
from vault.db import Vault

pytestmark = pytest.mark.stack


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def another(vault: Vault, clock: Clock | None = None) -> SigningKeys:
    """Of another process."""
    return SigningKeys(vault.signing._pool, vault.signing._kek, clock=clock or time.monotonic)


async def ids(keys: SigningKeys) -> list[str]:
    return [key.id for key in await keys.live()]


async def later(vault: Vault, seconds: float) -> None:
    """As if so long had passed for what stands in the table."""
    async with vault.signing._pool.connection() as connection:
        await connection.execute("update signing_key set signs_from = signs_from - %s", (timedelta(seconds=seconds),))


def test_the_times_are_long_enough_for_whoever_keeps_keys_and_tokens() -> None:
    assert PUBLISHED_S >= REMEMBERED_S + JWKS_S
    assert OPENS_S >= REMEMBERED_S + LIFETIME_S + 2 * SKEW_S


async def test_of_many_that_start_at_once_one_makes_the_first_key(own_vault: Vault) -> None:
    many = [another(own_vault) for _ in range(8)]
    keys = await asyncio.gather(*(each.live() for each in many))
    assert len({key.id for each in keys for key in each}) == 1
    assert repr(keys[0][0].private) not in repr(keys)


async def test_a_key_is_published_then_signs_then_opens_then_is_gone(own_vault: Vault) -> None:
    (first,) = await ids(another(own_vault))
    made = await own_vault.signing.rotate()
    assert made.old_gone_at - made.signs_from == timedelta(seconds=OPENS_S)
    second = made.key
    assert await ids(another(own_vault)) == [first, second], "the first one of them signs"
    await later(own_vault, PUBLISHED_S - 30)
    assert await ids(another(own_vault)) == [first, second]
    await later(own_vault, 31)
    assert await ids(another(own_vault)) == [second, first]
    await later(own_vault, OPENS_S - 31)
    assert await ids(another(own_vault)) == [second, first]
    await later(own_vault, 31)
    assert await ids(another(own_vault)) == [second]
    assert await another(own_vault).find(first) is None
    assert await kept(own_vault) == {first, second}  # not deleted yet, and opens nothing
    await own_vault.signing.forget_old()
    assert await kept(own_vault) == {second}


async def kept(vault: Vault) -> set[str]:
    async with vault.signing._pool.connection() as connection:
        return {row[0] for row in await (await connection.execute("select id from signing_key")).fetchall()}


async def test_there_are_two_at_most_and_the_next_rotation_waits_for_the_one_before(own_vault: Vault) -> None:
    await own_vault.signing.live()

    async def rotate() -> str:
        try:
            return (await own_vault.signing.rotate()).key
        except Refused as refused:
            return refused.code

    answers = await asyncio.gather(*(rotate() for _ in range(6)))
    assert answers.count("rotation_under_way") == 5
    assert len(await kept(own_vault)) == 2
    await later(own_vault, PUBLISHED_S + OPENS_S - 5)
    assert await rotate() == "rotation_under_way"
    await later(own_vault, 6)
    made = await rotate()
    assert await ids(another(own_vault)) == [*({*answers} - {"rotation_under_way"}), made]


async def test_another_process_learns_of_a_key_in_time_or_when_it_meets_one(own_vault: Vault) -> None:
    clock = Clock()
    other = another(own_vault, clock)
    (first,) = await ids(other)
    second = (await own_vault.signing.rotate()).key
    assert await ids(other) == [first]  # remembered
    clock.now += AGAIN_S + 1
    assert (await other.find(second)) is not None  # but one that it does not know is looked for
    assert await other.find(str(uuid4())) is None
    clock.now += REMEMBERED_S + 1
    assert await ids(other) == [first, second]


async def test_keys_that_leaked_are_replaced_at_once(own_vault: Vault) -> None:
    clock = Clock()
    other = another(own_vault, clock)
    (first,) = await ids(other)
    second = (await own_vault.signing.rotate()).key
    third = (await own_vault.signing.replace_all()).key
    assert await ids(own_vault.signing) == [third]
    assert await other.find(first) is not None  # remembered
    clock.now += REMEMBERED_S + 1
    assert [await other.find(each) for each in (first, second)] == [None, None]
    assert await kept(own_vault) == {third}


async def test_keys_of_before_the_migration_sign_as_they_did(own_dsn: str) -> None:
    """The newest by its making."""
    async with await psycopg.AsyncConnection.connect(own_dsn) as connection:
        cursor = await connection.execute(
            "select is_nullable from information_schema.columns where column_name = 'signs_from'"
        )
        assert await cursor.fetchall() == [("NO",)]
