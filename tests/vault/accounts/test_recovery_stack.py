"""Mailed tokens: each is good once, for what it was mailed for, and its mail waits or there is none."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import psycopg
import pytest
from pyotp import TOTP

from vault.accounts.logins import set_password
from vault.accounts.mails import MailKind
from vault.accounts.one_time import Purpose
from vault.accounts.throttle import Attempt, attempt_of, reset_mail_of, unlock, unlock_mail_of
from vault.db import Vault

pytestmark = pytest.mark.stack

SECRET = bytes(32)
ADDRESS = "u@example.org"
RESET, LOCKED = MailKind.NEW_PASSWORD, MailKind.LOCKED


@pytest.fixture
async def user(own_vault: Vault) -> str:
    made = str(uuid4())
    async with own_vault.logins._pool.transaction() as connection:
        await set_password(connection, made, "$hash$1")
    return made


async def mailed(vault: Vault, kind: MailKind, user: str) -> str:
    """The token of the only mail that is due."""
    await vault.recovery.mail(kind, user, address=ADDRESS, locale="pt-BR")
    [due] = await vault.mails.due(10)
    assert (due.mail.kind, due.mail.address, due.mail.locale) == (kind, ADDRESS, "pt-BR")
    return due.mail.token


def account() -> Attempt:
    return attempt_of(SECRET, ADDRESS, "192.0.2.1")


async def password_of(vault: Vault, user: str) -> str:
    login = await vault.logins.find(user)
    assert login is not None
    return login.password


async def test_a_token_is_good_once_for_what_it_is(own_vault: Vault, user: str) -> None:
    key, token = account().account, await mailed(own_vault, RESET, user)
    assert not await own_vault.recovery.unlock(token, key)
    assert await own_vault.one_time.whose(Purpose.UNLOCK, token) is None
    assert await own_vault.one_time.whose(Purpose.RESET, token) == user
    assert await own_vault.recovery.reset(token, "$hash$2", key)
    assert not await own_vault.recovery.reset(token, "$hash$3", key)
    assert await own_vault.one_time.whose(Purpose.RESET, token) is None
    assert await password_of(own_vault, user) == "$hash$2"


async def test_of_many_at_once_one_is_first(own_vault: Vault, user: str) -> None:
    key, token = account().account, await mailed(own_vault, RESET, user)
    tries = [own_vault.recovery.reset(token, f"$hash${number}", key) for number in range(2, 10)]
    assert (await asyncio.gather(*tries)).count(True) == 1


async def test_a_newer_one_ends_those_of_before_and_no_others(own_vault: Vault, user: str) -> None:
    old, to_unlock = await mailed(own_vault, RESET, user), await mailed(own_vault, LOCKED, user)
    other = str(uuid4())
    others, new = await mailed(own_vault, RESET, other), await mailed(own_vault, RESET, user)
    whose = own_vault.one_time.whose
    assert await whose(Purpose.RESET, old) is None
    assert [await whose(Purpose.RESET, each) for each in (new, others)] == [user, other]
    assert await whose(Purpose.UNLOCK, to_unlock) == user


async def test_one_that_is_too_old(own_vault: Vault, user: str) -> None:
    token = await mailed(own_vault, LOCKED, user)
    async with own_vault.one_time._pool.connection() as connection:
        await connection.execute("update one_time_token set expires_at = now()")
    assert not await own_vault.recovery.unlock(token, account().account)
    assert await own_vault.one_time.whose(Purpose.UNLOCK, token) is None
    await own_vault.one_time.forget_old()
    async with own_vault.one_time._pool.connection() as connection:
        assert await (await connection.execute("select count(*) from one_time_token")).fetchone() == (0,)


async def test_a_reset_ends_sessions_and_locks_and_keeps_the_second_factor(own_vault: Vault, user: str) -> None:
    one = account()
    offered = await own_vault.logins.offer_totp(user, "u@example.org")
    await own_vault.logins.take_totp(user, TOTP(offered.secret).now())
    begun = await own_vault.sessions.begin(user, "c", address="a", agent="b")
    await lock(own_vault, one)
    assert await own_vault.recovery.reset(await mailed(own_vault, RESET, user), "$hash$2", one.account)
    assert await own_vault.sessions.live(begun.session.id) is None
    assert await own_vault.throttle.attempt(one) == 0
    login = await own_vault.logins.find(user)
    assert login is not None
    assert login.has_totp


async def test_a_password_that_is_changed_ends_what_was_mailed_for_another_one(own_vault: Vault, user: str) -> None:
    token = await mailed(own_vault, RESET, user)
    await own_vault.logins.change_password(user, "$hash$2")
    assert not await own_vault.recovery.reset(token, "$hash$3", account().account)
    assert await password_of(own_vault, user) == "$hash$2"


async def test_who_lost_their_login_with_the_vault_gets_one(own_vault: Vault) -> None:
    user = str(uuid4())
    assert await own_vault.recovery.reset(await mailed(own_vault, RESET, user), "$hash$1", account().account)
    assert await password_of(own_vault, user) == "$hash$1"


async def test_without_its_mail_there_is_no_token(own_vault: Vault, user: str) -> None:
    old = await mailed(own_vault, RESET, user)
    async with own_vault.mails._pool.connection() as connection:
        await connection.execute("alter table mail add check (wrapped is null) not valid")
    with pytest.raises(psycopg.errors.CheckViolation):
        await own_vault.recovery.mail(RESET, user, address=ADDRESS, locale="en")
    assert await own_vault.one_time.whose(Purpose.RESET, old) == user, "and the one of before still works"


async def lock(vault: Vault, one: Attempt) -> None:
    for number in range(10):
        assert not await vault.throttle.locked(one)
        assert await vault.throttle.attempt(one) == 0
        if number < 9:
            await later(vault)


async def later(vault: Vault) -> None:
    """All waits are over."""
    async with vault.throttle._pool.connection() as connection:
        await connection.execute("update login_attempt set locked_until = now()")


async def test_a_lock_is_told_from_a_pause(own_vault: Vault) -> None:
    one = account()
    await lock(own_vault, one)
    assert await own_vault.throttle.locked(one)
    assert not await own_vault.throttle.locked(attempt_of(SECRET, ADDRESS, "203.0.113.9")), "nobody waits there"
    await later(own_vault)
    assert not await own_vault.throttle.locked(one)


async def test_an_account_that_is_locked_from_everywhere(own_vault: Vault) -> None:
    tries = [attempt_of(SECRET, ADDRESS, f"192.0.2.{number}") for number in range(50)]
    for each in tries:
        assert not await own_vault.throttle.locked(each)
        assert await own_vault.throttle.attempt(each) == 0
    assert all([await own_vault.throttle.locked(each) for each in tries])


async def test_a_mailbox_gets_three_in_an_hour_from_wherever_they_are_asked_for(own_vault: Vault) -> None:
    asked = [reset_mail_of(SECRET, ADDRESS, f"192.0.2.{number}") for number in range(20)]
    assert [await own_vault.throttle.attempt(each) for each in asked].count(0) == 3
    for number in range(20):  # another mailbox is no fuller for it
        other = reset_mail_of(SECRET, f"{number}@example.org", "198.51.100.1")
        assert await own_vault.throttle.attempt(other) == 0
    one_more = reset_mail_of(SECRET, "another@example.org", "198.51.100.1")
    assert await own_vault.throttle.attempt(one_more) > 3000, "of one address twenty in an hour"
    async with own_vault.throttle._pool.transaction() as connection:
        await unlock(connection, asked[0].account)
    assert await own_vault.throttle.attempt(asked[0]) > 0, "who unlocks an account does not empty the count"


async def test_one_mail_in_each_lock(own_vault: Vault) -> None:
    one, mail = account(), unlock_mail_of(SECRET, ADDRESS)
    assert [await own_vault.throttle.attempt(mail) == 0 for _ in range(5)] == [True] + [False] * 4
    async with own_vault.throttle._pool.transaction() as connection:
        await unlock(connection, one.account)
    assert await own_vault.throttle.attempt(mail) == 0, "unlocked and locked again"
