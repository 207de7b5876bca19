"""Who cannot log in gets a link by mail; who asks for others' links learns nothing and fills no mailbox."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import httpx
import pyotp
import pytest

from tests.api.people import PASSWORD, Person, client, invite, join, log_in
from tests.api.world import World, until
from vault.accounts.mails import MailKind, NewMail
from vault.accounts.throttle import attempt_of

pytestmark = pytest.mark.stack

NEW = "outra frase bem comprida 9"  # pragma: allowlist secret
WRONG = "wrong password wrong"
RESET, LOCKED = MailKind.NEW_PASSWORD, MailKind.LOCKED
HERE = "127.0.0.1"
REVOKED_S = 5.0
PROMPT_S = 3.0
"""Far below what a lock holds up here, and enough for a busy machine."""


async def post(world: World, what: str, **body: str) -> httpx.Response:
    """Of nobody."""
    async with client(world) as http:
        return await http.post(f"/v1/auth/{what}", json=body)


async def forget(world: World, email: str) -> httpx.Response:
    return await post(world, "password/forgotten", email=email)


async def mails_to(world: World, address: str) -> list[NewMail]:
    """That wait, the oldest first: nobody sends them here."""
    async with world.vault.mails._pool.connection() as connection:
        rows = await (await connection.execute("select id, wrapped from mail order by made_at")).fetchall()
    found = [world.vault.mails._opened(*row) for row in rows]
    return [mail for mail in found if mail.address == address]


async def mailed(world: World, address: str, count: int = 1) -> NewMail:
    """The newest, once there are so many."""

    async def there() -> list[NewMail] | None:
        found = await mails_to(world, address)
        return found if len(found) >= count else None

    found = await until("the mail", there)
    assert len(found) == count
    return found[-1]


async def gone(person: Person) -> None:
    async def refused() -> bool:
        return (await person.call("GET", "/v1/me")).status_code == 401

    await until("401", refused, REVOKED_S)


async def later(world: World) -> None:
    """All waits are over."""
    async with world.vault.throttle._pool.connection() as connection:
        await connection.execute("update login_attempt set locked_until = now()")


async def nearly_locked(world: World, email: str) -> None:
    """Nine tries from here, all of them long enough ago."""
    attempt = attempt_of(await world.vault.links.key(), email, HERE)
    for _ in range(9):
        assert await world.vault.throttle.attempt(attempt) == 0
        await later(world)


@pytest.fixture(autouse=True)
async def uncounted(world: World) -> None:
    """All tests ask from one address."""
    async with world.vault.throttle._pool.connection() as connection:
        await connection.execute("delete from login_attempt")


@pytest.fixture
async def company(world: World) -> str:
    made = await world.company()
    settings = (await world.http.get(f"/v1/companies/{made}")).json()
    body = {name: settings[name] for name in ("timezone", "currency", "hours", "brand")} | {"locale": "es-MX"}
    answer = await world.http.put(f"/v1/companies/{made}/settings", json=body)
    assert answer.status_code == 200, answer.text
    return made


async def test_a_forgotten_password_is_chosen_anew(world: World, company: str) -> None:
    person = await join(world, company, "viewer")
    asked = await forget(world, person.email.upper())
    assert (asked.status_code, asked.json()) == (202, {"status": "asked"})
    mail = await mailed(world, person.email)
    assert (mail.kind, mail.locale) == (RESET, "es-MX")
    for weak, code in (("short", "password_too_short"), (person.email, "password_weak")):
        refused = await post(world, "password/reset", token=mail.token, password=weak)
        assert (refused.status_code, refused.json()["code"]) == (422, code)
    unlocked = await post(world, "unlock", token=mail.token)
    assert (unlocked.status_code, unlocked.json()["code"]) == (404, "unknown_token"), "it is for something else"
    done = await post(world, "password/reset", token=mail.token, password=NEW)
    assert (done.status_code, done.content) == (204, b"")
    await gone(person)
    assert (await person.auth("refresh")).json()["code"] == "session_over"
    assert (await log_in(world, person.email, PASSWORD)).status_code == 401
    assert (await person.log_in(NEW)).status_code == 200
    for token in (mail.token, "", "x", "a" * 43):
        again = await post(world, "password/reset", token=token, password=NEW)
        assert (again.status_code, again.json()["code"]) == (404, "unknown_token")


async def test_the_newest_link_is_the_one_that_works(world: World, company: str) -> None:
    person = await join(world, company, "viewer")
    tokens = []
    for count in (1, 2):
        await forget(world, person.email)
        tokens.append((await mailed(world, person.email, count)).token)
    answers = [await post(world, "password/reset", token=token, password=NEW) for token in tokens]
    assert [each.status_code for each in answers] == [404, 204]


async def test_a_link_that_is_too_old(world: World, company: str) -> None:
    person = await join(world, company, "viewer")
    await forget(world, person.email)
    token = (await mailed(world, person.email)).token
    async with world.vault.mails._pool.connection() as connection:
        await connection.execute("update one_time_token set expires_at = now() where user_id = %s", (person.user,))
    assert (await post(world, "password/reset", token=token, password=NEW)).json()["code"] == "unknown_token"
    assert (await log_in(world, person.email, PASSWORD)).status_code == 200


async def test_a_second_factor_is_still_asked_for(world: World, company: str) -> None:
    person = await join(world, company, "viewer")
    secret = (await person.call("POST", "/v1/me/totp", {"password": PASSWORD})).json()["secret"]
    taken = await person.call("PUT", "/v1/me/totp", {"code": pyotp.TOTP(secret).now()})
    codes = taken.json()["recovery_codes"]
    await forget(world, person.email)
    token = (await mailed(world, person.email)).token
    assert (await post(world, "password/reset", token=token, password=NEW)).status_code == 204
    needed = await person.log_in(NEW)
    assert (needed.status_code, needed.json()["code"]) == (401, "second_factor_needed")
    assert (await person.log_in(NEW, code=codes[0])).status_code == 200


async def test_nobody_learns_which_accounts_there_are(world: World, company: str) -> None:
    """S12. By status, body and headers; that the time tells nothing is the next test."""
    person, disabled = await join(world, company, "viewer"), await join(world, company, "viewer")
    await world.http.put(f"/v1/users/{disabled.user}/disabled", json={"reason": "left"})
    invited, stranger = (f"{uuid4().hex[:12]}@example.org" for _ in range(2))
    await invite(world, company, "viewer", invited)
    answers = [await forget(world, each) for each in (stranger, invited, disabled.email, person.email)]
    told = {(each.status_code, each.text, tuple(sorted(each.headers.keys()))) for each in answers}
    assert len(told) == 1
    await mailed(world, person.email)  # the control, and the last that was asked for
    assert [await mails_to(world, each) for each in (stranger, invited, disabled.email)] == [[], [], []]


async def test_the_answer_waits_for_nothing_that_only_accounts_have(world: World, company: str) -> None:
    person = await join(world, company, "viewer")
    async with world.vault.mails._pool.transaction() as connection:
        await connection.execute("lock table one_time_token, mail")
        asked = await asyncio.wait_for(forget(world, person.email), PROMPT_S)
        assert asked.status_code == 202
        with pytest.raises(TimeoutError):  # the control: what has to look at a token waits
            await asyncio.wait_for(post(world, "password/reset", token="x", password=NEW), PROMPT_S)
    await mailed(world, person.email)


async def test_a_mailbox_is_not_flooded(world: World, company: str) -> None:
    person, other = await join(world, company, "viewer"), await join(world, company, "viewer")
    answers = [await forget(world, person.email) for _ in range(8)]
    assert {(each.status_code, each.text) for each in answers} == {(202, '{"status":"asked"}')}
    await forget(world, other.email)
    await mailed(world, other.email)  # the control, and the last that was asked for
    await mailed(world, person.email, 3)


async def test_who_is_locked_out_gets_one_mail_and_unlocks_with_it(world: World, company: str) -> None:
    person, stranger = await join(world, company, "viewer"), f"{uuid4().hex}@example.org"
    answers = []
    for email in (stranger, person.email):
        await nearly_locked(world, email)
        assert await mails_to(world, email) == []
        answers.append(await log_in(world, email, WRONG))
        limited = await log_in(world, email, PASSWORD)
        assert (limited.status_code, int(limited.headers["retry-after"]) > 800) == (429, True)
    assert len({(each.status_code, each.text, tuple(sorted(each.headers.keys()))) for each in answers}) == 1
    mail = await mailed(world, person.email)
    assert (mail.kind, mail.locale) == (LOCKED, "es-MX")
    assert await mails_to(world, stranger) == []
    reset = await post(world, "password/reset", token=mail.token, password=NEW)
    assert reset.json()["code"] == "unknown_token", "it is for something else"
    assert (await post(world, "unlock", token=mail.token)).status_code == 204
    assert (await person.log_in()).status_code == 200
    assert (await post(world, "unlock", token=mail.token)).json()["code"] == "unknown_token"


async def test_a_lock_is_told_once_however_many_fail(world: World, company: str) -> None:
    person = await join(world, company, "viewer")
    await nearly_locked(world, person.email)
    await log_in(world, person.email, WRONG)
    await mailed(world, person.email)
    attempt = attempt_of(await world.vault.links.key(), person.email, HERE)
    async with world.vault.throttle._pool.connection() as connection:  # the wait is over, and the next try locks again
        await connection.execute(
            "update login_attempt set locked_until = now() where key = any(%s)", (list(attempt.keys.values()),)
        )
    wrong = await person.call("PUT", "/v1/me/password", {"old": WRONG, "new": NEW})
    assert wrong.json()["code"] == "login_failed"
    limited = await log_in(world, person.email, PASSWORD)
    assert limited.status_code == 429
    await forget(world, person.email)
    last = await mailed(world, person.email, 2)  # the control: this one is mailed, and there are no more
    assert last.kind == RESET


async def test_the_pages_of_a_password_shown_wrong_lock_too(world: World, company: str) -> None:
    person = await join(world, company, "viewer")
    await nearly_locked(world, person.email)
    assert (await person.call("POST", "/v1/me/totp", {"password": WRONG})).json()["code"] == "login_failed"
    assert (await mailed(world, person.email)).kind == LOCKED


async def test_links_of_who_was_disabled_are_good_for_nothing(world: World, company: str) -> None:
    person = await join(world, company, "viewer")
    await forget(world, person.email)
    token = (await mailed(world, person.email)).token
    await world.http.put(f"/v1/users/{person.user}/disabled", json={"reason": "left"})
    assert (await post(world, "password/reset", token=token, password=NEW)).json()["code"] == "unknown_token"


@pytest.mark.parametrize(
    ("what", "body", "at"),
    [
        ("password/forgotten", {}, "body.email"),
        ("password/forgotten", {"email": "x@example.org", "user": "x"}, "body.user"),
        ("password/reset", {"token": "x"}, "body.password"),
        ("password/reset", {"token": "x", "password": "x" * 129}, "body.password"),
        ("password/reset", {"token": "x" * 101, "password": NEW}, "body.token"),
        ("unlock", {"token": "x", "email": "x"}, "body.email"),
    ],
)
async def test_what_is_asked_in_a_wrong_shape(world: World, what: str, body: dict[str, str], at: str) -> None:
    answer = await post(world, what, **body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert [each["at"] for each in answer.json()["errors"]] == [at]


async def test_an_address_that_cannot_be_mailed_is_refused(world: World, company: str) -> None:
    for email in ("joão@example.org", "x@", "x@example.org\nbcc: y@example.org"):
        answers = [await invite(world, company, "viewer", email), await forget(world, email)]
        assert {(each.status_code, each.json()["code"]) for each in answers} == {(422, "email_invalid")}
    person = await join(world, company, "viewer", email=f"{uuid4().hex[:12]}@straße.example.com")
    shown = (await person.call("GET", "/v1/me")).json()["user"]["email"]
    assert shown == person.email, "another domain than strasse.example.com"
