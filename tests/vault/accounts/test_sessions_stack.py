"""Sessions: tokens work once, a stolen one ends the session, and what is over stays over."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from vault.accounts.sessions import Granted, TokenReused, Why
from vault.db import Vault

pytestmark = pytest.mark.stack


@pytest.fixture
def user() -> str:
    return str(uuid4())


async def begin(vault: Vault, user: str, company: str = "c") -> Granted:
    return await vault.sessions.begin(user, company, address="192.0.2.0/24", agent="Firefox on Linux")


async def age(vault: Vault, session: str, column: str, days: int) -> None:
    async with vault.sessions._pool.connection() as connection:
        await connection.execute(
            f"update session set {column} = now() - make_interval(days => %s) where id = %s",
            (days, session),
        )


async def test_each_token_continues_the_session_once(vault: Vault, user: str) -> None:
    first = await begin(vault, user)
    second = await vault.sessions.refresh(first.refresh_token)
    assert second is not None
    assert second.session.id == first.session.id
    assert second.refresh_token != first.refresh_token
    moved = await vault.sessions.work_in(first.session.id, "other")
    third = await vault.sessions.refresh(second.refresh_token)
    assert moved is not None
    assert third is not None
    assert moved.company == third.session.company == "other"
    assert [each.id for each in await vault.sessions.of_user(user)] == [first.session.id]


async def test_a_token_that_comes_again_ends_the_session_for_its_thief_and_its_owner(vault: Vault, user: str) -> None:
    first, other = await begin(vault, user), await begin(vault, user)
    second = await vault.sessions.refresh(first.refresh_token)
    assert second is not None
    with pytest.raises(TokenReused) as reused:
        await vault.sessions.refresh(first.refresh_token)
    assert reused.value.session.user_id == user
    assert await vault.sessions.refresh(second.refresh_token) is None
    assert await vault.sessions.live(first.session.id) is None
    assert [each.id for each in await vault.sessions.of_user(user)] == [other.session.id]  # the control: only this one


async def test_of_many_that_come_at_once_with_one_token_one_is_first_and_all_are_out(vault: Vault, user: str) -> None:
    first = await begin(vault, user)
    done = await asyncio.gather(
        *(vault.sessions.refresh(first.refresh_token) for _ in range(8)), return_exceptions=True
    )
    assert sum(isinstance(each, Granted) for each in done) == 1
    assert sum(isinstance(each, TokenReused) for each in done) >= 1
    assert await vault.sessions.live(first.session.id) is None


@pytest.mark.parametrize(
    ("column", "days", "live"),
    [("seen_at", 6, True), ("seen_at", 8, False), ("made_at", 29, True), ("made_at", 31, False)],
)
async def test_unused_or_too_old_it_is_over(vault: Vault, user: str, column: str, days: int, live: bool) -> None:
    first = await begin(vault, user)
    await age(vault, first.session.id, column, days)
    assert (await vault.sessions.live(first.session.id) is not None) is live
    assert (await vault.sessions.refresh(first.refresh_token) is not None) is live


async def test_strange_tokens_are_none(vault: Vault) -> None:
    for token in ("", "x", "\udcff", "a" * 10_000):
        assert await vault.sessions.refresh(token) is None


async def test_ended_here_or_everywhere(vault: Vault, user: str) -> None:
    here, there, elsewhere = await begin(vault, user), await begin(vault, user), await begin(vault, str(uuid4()))
    assert not await vault.sessions.end(here.session.id, Why.ENDED_BY_USER, user=elsewhere.session.user_id)
    assert await vault.sessions.end(here.session.id, Why.LOGOUT, user=user)
    assert not await vault.sessions.end(here.session.id, Why.LOGOUT, user=user)
    assert await vault.sessions.work_in(here.session.id, "other") is None
    assert await vault.sessions.end_by_token(here.refresh_token, Why.LOGOUT) is None
    again = await begin(vault, user)
    assert await vault.sessions.end_all(user, Why.ENDED_BY_USER, but=again.session.id) == 1
    assert [each.id for each in await vault.sessions.of_user(user)] == [again.session.id]
    assert await vault.sessions.refresh(there.refresh_token) is None
    assert await vault.sessions.live(elsewhere.session.id) is not None


async def test_ended_by_its_token_also_by_an_old_one(vault: Vault, user: str) -> None:
    first = await begin(vault, user)
    assert await vault.sessions.refresh(first.refresh_token) is not None
    ended = await vault.sessions.end_by_token(first.refresh_token, Why.LOGOUT)
    assert ended is not None
    assert ended.id == first.session.id
    assert await vault.sessions.of_user(user) == ()


async def test_what_has_long_been_over_is_forgotten(own_vault: Vault, user: str) -> None:
    old, young = await begin(own_vault, user), await begin(own_vault, user)
    await own_vault.sessions.end(old.session.id, Why.LOGOUT, user=old.session.user_id)
    await own_vault.sessions.end(young.session.id, Why.LOGOUT, user=young.session.user_id)
    await age(own_vault, old.session.id, "ended_at", 91)
    await own_vault.sessions.forget_old()
    async with own_vault.sessions._pool.connection() as connection:
        rows = await (await connection.execute("select id from session")).fetchall()
        tokens = await (await connection.execute("select session from refresh_token")).fetchall()
    assert rows == tokens == [(young.session.id,)]
