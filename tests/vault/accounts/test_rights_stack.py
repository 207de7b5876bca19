"""Rights taken away before the log knows, and the commands that go with it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

import pytest

from vault.accounts.denials import LINGERS, Denial, Undecided
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
