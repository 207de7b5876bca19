from __future__ import annotations

import asyncio

import psycopg
import pytest

from cli.processes.common import WATCH_S, watch_generation
from domain.kernel.errors import Refused
from vault.db import Vault
from vault.generations import Generation, GenerationState

pytestmark = pytest.mark.stack


async def test_the_first_generation_is_shown_by_a_flip_from_nothing(own_vault: Vault) -> None:
    assert await own_vault.generations.active() is None
    assert await own_vault.generations.begin() == 1
    assert await own_vault.generations.active() is None
    await own_vault.generations.flip(1, None)
    assert await own_vault.generations.active() == 1


async def test_a_flip_retires_the_generation_before(own_vault: Vault) -> None:
    for expected, n in ((None, 1), (1, 2)):
        assert await own_vault.generations.begin() == n
        await own_vault.generations.flip(n, expected)
    assert await own_vault.generations.all() == (
        Generation(1, GenerationState.DROPPED),
        Generation(2, GenerationState.ACTIVE),
    )


async def test_a_flip_that_expected_another_or_goes_to_nothing_changes_nothing(own_vault: Vault) -> None:
    await own_vault.generations.flip(await own_vault.generations.begin(), None)
    second = await own_vault.generations.begin()
    before = await own_vault.generations.all()
    for to, expected, code in (
        (second, None, "generation_changed"),
        (second, 7, "generation_changed"),
        (9, 1, "generation_not_building"),
        (1, 1, "generation_not_building"),
    ):
        with pytest.raises(Refused) as caught:
            await own_vault.generations.flip(to, expected)
        assert caught.value.code == code
        assert await own_vault.generations.all() == before


async def test_of_flips_at_once_one_wins(own_vault: Vault) -> None:
    await own_vault.generations.flip(await own_vault.generations.begin(), None)
    numbers = await asyncio.gather(*(own_vault.generations.begin() for _ in range(6)))
    assert sorted(numbers) == [2, 3, 4, 5, 6, 7]
    ended = await asyncio.gather(*(own_vault.generations.flip(n, 1) for n in numbers), return_exceptions=True)
    assert [type(end) for end in ended].count(Refused) == 5
    winner = numbers[ended.index(None)]
    assert await own_vault.generations.active() == winner


async def test_a_building_generation_is_given_up_and_an_active_one_is_not(own_vault: Vault) -> None:
    await own_vault.generations.flip(await own_vault.generations.begin(), None)
    second = await own_vault.generations.begin()
    await own_vault.generations.drop(second)
    for n in (1, second):
        with pytest.raises(Refused):
            await own_vault.generations.drop(n)
    assert await own_vault.generations.begin() == 3


async def test_a_process_sees_a_flip_also_after_its_vault_was_empty_for_a_while(own_dsn: str, own_vault: Vault) -> None:
    """As when a lost vault is restored: first there is a database without tables."""
    await own_vault.generations.flip(await own_vault.generations.begin(), None)
    stop = asyncio.Event()
    async with watch_generation(own_vault, 1, stop), await psycopg.AsyncConnection.connect(own_dsn) as conn:
        await conn.set_autocommit(True)
        await conn.execute("alter table generation rename to elsewhere")
        await asyncio.sleep(1.5 * WATCH_S)  # it asks meanwhile, and there is nothing to ask
        await conn.execute("alter table elsewhere rename to generation")
        await own_vault.generations.flip(await own_vault.generations.begin(), 1)
        await asyncio.wait_for(stop.wait(), 5 * WATCH_S)
