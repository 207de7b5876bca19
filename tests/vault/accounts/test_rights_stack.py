"""Rights taken away before the log knows, the commands that go with it, and the keys that sign."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import timedelta
from uuid import uuid4

import pytest

from vault.accounts.denials import LINGERS, Denial, Undecided
from vault.accounts.signing import AGAIN_S, REMEMBERED_S, SigningKeys
from vault.db import Vault

pytestmark = pytest.mark.stack
NOW = timedelta(0)


async def settle(vault: Vault, *, known: Collection[str] = ()) -> int:
    async def decided(one: Undecided) -> bool:
        assert one.journey == "holding"
        return one.command_id in known

    return await vault.denials.settle(decided)


async def later(vault: Vault, by: timedelta) -> None:
    async with vault.denials._pool.connection() as connection:
        await connection.execute("update denial set decided_at = decided_at - %s", (by,))


async def test_a_disabled_user_has_no_right_and_no_session_and_the_command_waits(own_vault: Vault) -> None:
    begun = await own_vault.sessions.begin("u", "c", address="a", agent="b")
    for _ in range(2):  # the same call again
        await own_vault.denials.disable("u", command_id="one", journey="holding", command=b"encoded")
    assert await own_vault.denials.of("u") == (Denial(None, frozenset()),)
    assert await own_vault.denials.of("v") == ()
    assert await own_vault.sessions.live(begun.session.id) is None
    assert await own_vault.outbox.waiting(older_than=NOW, limit=10) == (("one", b"encoded"),)
    assert await own_vault.outbox.waiting(older_than=timedelta(seconds=5), limit=10) == ()
    await own_vault.outbox.sent(["one"])
    assert await own_vault.outbox.waiting(older_than=NOW, limit=10) == ()


async def test_a_denial_counts_until_its_command_has_been_decided_for_a_while(own_vault: Vault) -> None:
    await own_vault.denials.narrow("u", "c", ["lead:read"], command_id="one", journey="holding", command=b"1")
    await own_vault.denials.narrow("u", "d", [], command_id="two", journey="holding", command=b"2")
    assert set(await own_vault.denials.of("u")) == {Denial("c", frozenset({"lead:read"})), Denial("d", frozenset())}
    assert await settle(own_vault) == 0
    assert await settle(own_vault, known=["one"]) == 0
    await later(own_vault, LINGERS - timedelta(seconds=5))
    assert await settle(own_vault) == 0
    await later(own_vault, timedelta(seconds=6))
    assert await settle(own_vault) == 1
    assert await own_vault.denials.of("u") == (Denial("d", frozenset()),)  # its command is not decided


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_of_many_that_start_at_once_one_makes_the_first_key(own_vault: Vault) -> None:
    many = [SigningKeys(own_vault.signing._pool, own_vault.signing._kek) for _ in range(8)]
    keys = await asyncio.gather(*(each.live() for each in many))
    assert len({key.id for each in keys for key in each}) == 1
    assert repr(keys[0][0].private) not in repr(keys)


async def test_a_new_key_signs_and_the_one_before_still_opens(own_vault: Vault) -> None:
    clock = Clock()
    other = SigningKeys(own_vault.signing._pool, own_vault.signing._kek, clock=clock)
    (first,) = await other.live()
    second = await own_vault.signing.rotate()
    assert [key.id for key in await own_vault.signing.live()] == [second, first.id]
    assert [key.id for key in await other.live()] == [first.id]  # remembered
    clock.now += AGAIN_S + 1
    assert (await other.find(second)) is not None  # but one that it does not know is looked for
    third = await own_vault.signing.rotate()
    assert [key.id for key in await own_vault.signing.live()] == [third, second]
    clock.now += REMEMBERED_S + 1
    assert await other.find(first.id) is None
    assert await other.find(str(uuid4())) is None
