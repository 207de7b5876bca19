"""Passwords and second factors: each proof counts once."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from uuid import uuid4

import pyotp
import pytest

from domain.kernel.errors import Refused, Unauthenticated
from domain.kernel.ids import HOLDING_TENANT, user_subject
from vault.accounts.logins import RECOVERY_CODES, STEP_S, Logins, set_password
from vault.accounts.sessions import Why, end_all_of
from vault.db import Vault
from vault.keys import Tombstone

pytestmark = pytest.mark.stack


class Clock:
    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def logins(vault: Vault, clock: Clock) -> Logins:
    return Logins(vault.logins._pool, vault.logins._kek, clock=clock)


@pytest.fixture
async def user(vault: Vault) -> str:
    made = str(uuid4())
    async with vault.logins._pool.transaction() as connection:
        await set_password(connection, made, "$hash$1")
    return made


async def test_another_password_ends_every_session(vault: Vault, user: str) -> None:
    begun = await vault.sessions.begin(user, "c", address="a", agent="b")
    await vault.logins.change_password(user, "$hash$2")
    login = await vault.logins.find(user)
    assert login is not None
    assert (login.password, login.has_totp) == ("$hash$2", False)
    assert "$hash$2" not in repr(login)
    assert await vault.sessions.live(begun.session.id) is None
    await vault.logins.rehash(user, "$hash$1", "$hash$old")  # it was changed meanwhile
    assert (await vault.logins.find(user) or login).password == "$hash$2"
    assert await vault.logins.find("nobody") is None


async def test_a_second_factor_counts_from_its_first_code(logins: Logins, user: str, clock: Clock) -> None:
    with pytest.raises(Refused, match="nothing_offered"):
        await logins.take_totp(user, "000000")
    offered = await logins.offer_totp(user, "ana@example.org")
    assert offered.secret not in repr(offered)
    assert "issuer=Legion" in offered.uri
    totp = pyotp.TOTP(offered.secret)
    with pytest.raises(Refused, match="wrong_code"):
        await logins.take_totp(user, f"{(int(totp.at(clock.now)) + 1) % 10**6:06d}")
    assert not await logins.check_second(user, totp.at(clock.now))
    codes = await logins.take_totp(user, totp.at(clock.now))
    assert len(set(codes)) == RECOVERY_CODES
    assert (await logins.find(user) or pytest.fail("gone")).has_totp


async def test_a_code_is_taken_once_and_only_near_its_time(logins: Logins, user: str, clock: Clock) -> None:
    totp = pyotp.TOTP((await logins.offer_totp(user, "a")).secret)
    await logins.take_totp(user, totp.at(clock.now))
    assert not await logins.check_second(user, totp.at(clock.now))  # the one that it was made with
    clock.now += 10 * STEP_S
    assert not await logins.check_second(user, totp.at(clock.now - 2 * STEP_S))
    assert await logins.check_second(user, totp.at(clock.now - STEP_S))
    assert not await logins.check_second(user, totp.at(clock.now - STEP_S))
    assert await logins.check_second(user, " " + totp.at(clock.now) + " ")
    assert await logins.check_second(user, totp.at(clock.now + STEP_S))
    assert not await logins.check_second(user, totp.at(clock.now))  # older than the last one
    assert not await logins.check_second(user, totp.at(clock.now + 2 * STEP_S))
    for nonsense in ("", "abc", "00000000000", "\udcff"):
        assert not await logins.check_second(user, nonsense)


async def test_who_knows_only_the_old_password_does_not_slip_in_beside_the_change(vault: Vault, user: str) -> None:
    """The password was looked at, and is changed before the session begins."""
    login = await vault.logins.find(user)
    assert login is not None
    await vault.logins.rehash(user, "$hash$1", "$hash$new costs")
    same = await vault.sessions.begin(user, "c", address="a", agent="b", proved=login.changed_at)  # the control
    async with vault.logins._pool.transaction() as connection:
        await set_password(connection, user, "$hash$2")
        slipping = asyncio.create_task(vault.sessions.begin(user, "c", address="a", agent="b", proved=login.changed_at))
        await asyncio.sleep(0.2)
        assert not slipping.done(), "it waits for how that ends"
        await end_all_of(connection, user, Why.PASSWORD_CHANGED)
    with pytest.raises(Unauthenticated):
        await slipping
    assert await vault.sessions.of_user(user) == ()
    assert await vault.sessions.live(same.session.id) is None


async def test_a_recovery_code_is_taken_once(logins: Logins, user: str, clock: Clock) -> None:
    totp = pyotp.TOTP((await logins.offer_totp(user, "a")).secret)
    codes = await logins.take_totp(user, totp.at(clock.now))
    assert await logins.check_second(user, codes[0].lower().replace("-", " "))
    assert not await logins.check_second(user, codes[0])
    assert await logins.recovery_codes_left(user) == RECOVERY_CODES - 1
    assert await logins.drop_totp(user)
    assert not await logins.drop_totp(user)
    assert not await logins.check_second(user, codes[1])


async def test_an_invitations_token_is_the_same_each_time_and_nobody_elses(vault: Vault) -> None:
    token = await vault.links.token("one")
    assert token == await vault.links.token("one")
    assert await vault.links.is_of(token, "one")
    assert not await vault.links.is_of(token, "two")
    assert not await vault.links.is_of("\udcff", "one")


async def test_of_two_who_accept_one_invitation_the_first_has_chosen(own_vault: Vault) -> None:
    await own_vault.links.accept("one", "u", "$first$", "command", b"encoded")
    await own_vault.links.accept("one", "u", "$second$", "command", b"encoded again")
    assert (await own_vault.logins.find("u") or pytest.fail("gone")).password == "$first$"
    waiting = await own_vault.outbox.waiting(older_than=timedelta(0), limit=10)
    assert waiting == (("command", b"encoded"),)
    await own_vault.links.accept("two", "u", None, "another", b"encoded")
    assert (await own_vault.logins.find("u") or pytest.fail("gone")).password == "$first$"


async def test_an_erased_user_has_no_login_and_no_key(vault: Vault, user: str) -> None:
    subject = user_subject(user)
    await vault.keys.get_or_create(HOLDING_TENANT, subject)
    begun = await vault.sessions.begin(user, "c", address="a", agent="b")
    await vault.erasure.forget("a company", user, reason="request", opted_out=False)  # the control: a lead of that id
    assert await vault.logins.find(user) is not None
    await vault.erasure.forget(HOLDING_TENANT, user, reason="request", opted_out=False)
    assert await vault.logins.find(user) is None
    assert await vault.sessions.refresh(begun.refresh_token) is None
    assert not await vault.sessions.end(begun.session.id, Why.LOGOUT, user=user)
    found = await vault.keys.open_many(HOLDING_TENANT, [subject])
    assert isinstance(found[subject], Tombstone)
