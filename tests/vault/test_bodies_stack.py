from __future__ import annotations

import asyncio
from datetime import date, timedelta

import psycopg
import pytest

from domain.kernel.errors import NotFound
from vault.cipher import SealBroken
from vault.daykeys import DayKeyGone, open_body, seal_body
from vault.db import Vault, open_vault
from vault.kek import KeyEncryptionKeys

pytestmark = pytest.mark.stack

DAY = date(2026, 11, 25)
BODY = b'{"phone": "+5511987654321"}' * 30_000  # over 512 KiB


async def test_a_day_has_one_key_and_its_id_opens_it(own_dsn: str, kek: KeyEncryptionKeys, own_vault: Vault) -> None:
    async with open_vault(own_dsn, kek) as other:
        made = await asyncio.gather(
            *(each.daykeys.get_or_create(DAY) for _ in range(10) for each in (own_vault, other))
        )
        assert len(set(made)) == 1
        key_id, key = made[0]
        assert key_id == "2026-11-25"
        assert await other.daykeys.open(key_id) == key
    assert (await own_vault.daykeys.get_or_create(DAY + timedelta(days=1)))[1] != key


async def test_a_sealed_body_opens_in_its_place_only(own_vault: Vault) -> None:
    _, key = await own_vault.daykeys.get_or_create(DAY)
    sealed = seal_body(key, b"ingress/instance-1", b"body")
    assert open_body(key, b"ingress/instance-1", sealed) == b"body"
    with pytest.raises(SealBroken):
        open_body(key, b"dlq/instance-1", sealed)


async def test_a_destroyed_day_never_opens_again_and_younger_days_stay(own_vault: Vault) -> None:
    days = [DAY - timedelta(days=age) for age in range(4)]
    for day in days:
        await own_vault.daykeys.get_or_create(day)
    assert await own_vault.daykeys.destroy_before(DAY - timedelta(days=1)) == 2
    assert await own_vault.daykeys.destroy_before(DAY - timedelta(days=1)) == 0
    for day in days[:2]:
        await own_vault.daykeys.open(day.isoformat())
    for day in days[2:]:
        with pytest.raises(DayKeyGone):
            await own_vault.daykeys.open(day.isoformat())
        with pytest.raises(DayKeyGone):
            await own_vault.daykeys.get_or_create(day)


@pytest.mark.parametrize("key_id", ["2020-01-01", "no day", ""])
async def test_a_key_that_never_was_is_gone_too(vault: Vault, key_id: str) -> None:
    with pytest.raises(DayKeyGone):
        await vault.daykeys.open(key_id)


async def test_a_large_body_comes_back_by_its_hash_and_lies_sealed(own_vault: Vault, own_dsn: str) -> None:
    digest = await own_vault.bodies.put(BODY, DAY)
    assert await own_vault.bodies.put(BODY, DAY) == digest
    assert await own_vault.bodies.get(digest) == BODY
    with psycopg.connect(own_dsn) as connection:
        rows = connection.execute("select sealed from body").fetchall()
    assert len(rows) == 1
    assert b"5511987654321" not in rows[0][0]


async def test_a_body_that_came_again_later_lives_as_long_as_the_later_day(own_vault: Vault) -> None:
    digest = await own_vault.bodies.put(BODY, DAY)
    await own_vault.bodies.put(BODY, DAY + timedelta(days=3))
    assert await own_vault.bodies.delete_before(DAY + timedelta(days=1)) == 1
    await own_vault.daykeys.destroy_before(DAY + timedelta(days=1))
    assert await own_vault.bodies.get(digest) == BODY
    assert await own_vault.bodies.delete_before(DAY + timedelta(days=9)) == 1
    with pytest.raises(NotFound) as caught:
        await own_vault.bodies.get(digest)
    assert caught.value.code == "body_gone"


async def test_a_body_whose_days_key_is_gone_cannot_be_read(own_vault: Vault) -> None:
    digest = await own_vault.bodies.put(BODY, DAY)
    await own_vault.daykeys.destroy_before(DAY + timedelta(days=1))
    with pytest.raises(DayKeyGone):
        await own_vault.bodies.get(digest)
