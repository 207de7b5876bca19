"""Forged, stale and misplaced API keys: what nobody was given, here and now, is nobody's; who knows nothing learns
nothing."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, cast
from uuid import uuid4

import pytest

from api.machines import KeyRefused, Machines, is_within
from domain.kernel.errors import Unauthenticated
from domain.kernel.ids import derived
from tests.vault.accounts.machines import new_key_of
from vault.accounts.api_key import Issued, Why
from vault.accounts.api_keys import ABUSED
from vault.accounts.key_text import ALPHABET, CHECKSUM, KeyKind, checksum, new_text
from vault.accounts.outbox import Put
from vault.db import Vault

pytestmark = pytest.mark.stack
HERE, ELSEWHERE = "192.0.2.7", "198.51.100.7"
PAST = datetime.now(UTC) - timedelta(seconds=1)


def machines(vault: Vault) -> Machines:
    """Of a process of its own: nothing is remembered. Who they are is asked of the vault alone."""
    return Machines(vault.api_keys, cast(Any, None))


def put() -> Put:
    return Put(str(uuid4()), b"encoded")


async def make(vault: Vault, company: str, **more: Any) -> Issued:
    return await vault.api_keys.make(new_key_of(company, **more), call=str(uuid4()), put=put())


async def replaced(vault: Vault, company: str) -> Issued:
    """Rotated, and its overlap is over."""
    old = await make(vault, company)
    await vault.api_keys.rotate(old.key, overlap=timedelta(0), expires_at=None, call=str(uuid4()), put=put())
    return old


async def revoked(vault: Vault, company: str) -> Issued:
    old = await make(vault, company)
    await vault.api_keys.revoke(old.key.id, Why.BY_ADMIN, put=put())
    return old


def again(written: str) -> str:
    """With a checksum that is right."""
    return written + checksum(written)


@dataclass(frozen=True)
class Texts:
    """good, test, revoked, replaced: whole keys that somebody was given."""

    good: str
    test: str
    revoked: str
    replaced: str
    expired: str


@pytest.fixture
async def texts(vault: Vault) -> Texts:
    company = derived("company", str(uuid4()))
    return Texts(
        good=(await make(vault, company, networks=("192.0.2.0/24",))).text,
        test=(await make(vault, company, kind=KeyKind.TEST)).text,
        revoked=(await revoked(vault, company)).text,
        replaced=(await replaced(vault, company)).text,
        expired=(await make(vault, company, expires_at=PAST)).text,
    )


Make = Callable[[Texts], str]


def body(text: str) -> str:
    return text[:-CHECKSUM]


def changed(text: str, at: int) -> str:
    """Another character there, and nothing else."""
    return text[:at] + ALPHABET[(ALPHABET.index(text[at]) + 1) % len(ALPHABET)] + text[at + 1 :]


def another_character(texts: Texts, *, at: int) -> str:
    return changed(texts.good, at)


def cut_off(texts: Texts, *, after: int) -> str:
    return texts.good[:after]


def begins_late(texts: Texts, *, first: int) -> str:
    return "sk_" + texts.good[first:]


def beginning(other: str) -> Make:
    return lambda t: t.good.replace("sk_live_", other)


def guessed(other: str) -> Make:
    """Under another beginning, with the checksum that belongs to it."""
    return lambda t: again(other + body(t.good).removeprefix("sk_live_"))


INVALID: dict[str, Make] = {
    **{f"another character at {at}": partial(another_character, at=at) for at in range(8, 44, 3)},
    **{f"cut off after {length}": partial(cut_off, after=length) for length in (3, 8, 9, 12, 20, 38, 43)},
    **{f"begins at {first}": partial(begins_late, first=first) for first in (4, 8, 9, 40)},
    "a new one that nobody was given": lambda t: new_text(KeyKind.LIVE),
    "a new test key that nobody was given": lambda t: new_text(KeyKind.TEST),
    "well formed, one character off": lambda t: again(changed(body(t.good), 20)),
    "well formed, two characters swapped": lambda t: again(body(t.good)[:-2] + body(t.good)[-1] + body(t.good)[-2]),
    "well formed, of zeros": lambda t: again("sk_live_" + "0" * 30),
    "well formed, of the last character": lambda t: again("sk_test_" + "z" * 30),
    "live as test": beginning("sk_test_"),
    "live as test, with a checksum": guessed("sk_test_"),
    "test as live, with a checksum": lambda t: again(body(t.test).replace("sk_test_", "sk_live_")),
    "in capitals": beginning("SK_LIVE_"),
    "half in capitals": beginning("sk_Live_"),
    "another word": beginning("sk_prod_"),
    "another word, with a checksum": guessed("sk_prod_"),
    "a publishable one": beginning("pk_live_"),
    "a restricted one": beginning("rk_live_"),
    "with hyphens": beginning("sk-live-"),
    "without its second word": beginning("sk_"),
    "with a doubled one": beginning("sk_live_sk_live_"),
    "of nothing but a beginning": lambda t: "sk_live_",
    "of a beginning and a checksum": lambda t: again("sk_live_"),
    "checksum of another": lambda t: body(t.good) + t.test[-CHECKSUM:],
    "checksum of zeros": lambda t: body(t.good) + "0" * CHECKSUM,
    "checksum too short": lambda t: t.good[:-1],
    "checksum too long": lambda t: t.good + "0",
    "without a checksum": lambda t: body(t.good),
    "twice": lambda t: t.good * 2,
    "two with a comma": lambda t: f"{t.good},{t.test}",
    "with a blank behind": lambda t: t.good + " ",
    "with a new line": lambda t: t.good + "\n",
    "with a NUL": lambda t: t.good + "\x00",
    "with a NUL within": lambda t: t.good[:20] + "\x00" + t.good[21:],
    "with a letter that looks like another": lambda t: t.good[:-1] + "\u0430",
    "with a full-width digit": lambda t: t.good[:-1] + "\uff11",
    "with a surrogate": lambda t: t.good[:-1] + "\udcff",
    "with a combining mark": lambda t: t.good + "\u0301",
    "in small letters": lambda t: "sk_live_" + t.good[8:].lower() + "x",
    "reversed": lambda t: "sk_" + t.good[::-1],
    "as base64": lambda t: "sk_" + b64encode(t.good.encode()).decode(),
    "percent-encoded": lambda t: t.good.replace("_", "%5F").replace("sk%5F", "sk_"),
    "its hash": lambda t: "sk_live_" + "a" * 64,
    "SQL": lambda t: "sk_live_' or '1'='1",
    "a pattern": lambda t: "sk_live_" + "%" * 36,
    "a path": lambda t: "sk_live_../../../../etc/passwd",
    "very long": lambda t: "sk_live_" + "a" * 100_000,
    "empty behind sk_": lambda t: "sk_",
    "what is shown of it": lambda t: t.good[:12],
    "what is shown of it, with a checksum": lambda t: again(t.good[:12]),
    "a revoked one, cut off": lambda t: t.revoked[:-1],
    "a revoked one, one character off": lambda t: again(changed(body(t.revoked), 30)),
    "an expired one, one character off": lambda t: again(changed(body(t.expired), 30)),
}

KNOWN: dict[str, tuple[Make, str, str]] = {
    "revoked": (lambda t: t.revoked, HERE, "key_revoked"),
    "revoked, from elsewhere": (lambda t: t.revoked, ELSEWHERE, "key_revoked"),
    "expired": (lambda t: t.expired, HERE, "key_expired"),
    "rotated, and the overlap is over": (lambda t: t.replaced, HERE, "key_replaced"),
    "from another network": (lambda t: t.good, ELSEWHERE, "key_elsewhere"),
    "from the network beside": (lambda t: t.good, "192.0.3.0", "key_elsewhere"),
    "from the other loopback": (lambda t: t.good, "::1", "key_elsewhere"),
    "from an address that only ends like it": (lambda t: t.good, "2001:db8::192.0.2.7", "key_elsewhere"),
    "from nobody knows where": (lambda t: t.good, "unknown", "key_elsewhere"),
    "from nowhere": (lambda t: t.good, "", "key_elsewhere"),
}


def test_there_are_at_least_sixty() -> None:
    assert len(INVALID) + len(KNOWN) >= 60


@pytest.mark.parametrize("what", INVALID)
async def test_what_nobody_was_given_is_invalid_whatever_it_is(what: str, texts: Texts, vault: Vault) -> None:
    forged = INVALID[what](texts)
    assert (await machines(vault).identify(texts.good, HERE)).scopes == {"lead:read"}  # the control
    for address in (HERE, ELSEWHERE):
        with pytest.raises(Unauthenticated) as refused:
            await machines(vault).identify(forged, address)
        assert (refused.value.code, refused.value.detail) == ("key_invalid", "the API key is not valid")


@pytest.mark.parametrize("what", KNOWN)
async def test_who_has_the_whole_key_hears_why_it_does_not_work(what: str, texts: Texts, vault: Vault) -> None:
    text, address, code = KNOWN[what][0](texts), KNOWN[what][1], KNOWN[what][2]
    with pytest.raises(KeyRefused) as refused:
        await machines(vault).identify(text, address)
    assert (refused.value.status, refused.value.code) == (401, code)
    assert text not in refused.value.detail
    key = refused.value.key
    for _ in range(ABUSED):
        await machines(vault).refused(refused.value)
    now = await vault.api_keys.get(key.company, key.id)
    abused = now.revoked_why == "abused"
    assert abused == (code == "key_elsewhere"), "only a good key in the wrong place may be in wrong hands"


async def test_what_is_malformed_asks_no_database() -> None:
    nobody = Machines(cast(Any, None), cast(Any, None))
    for what in ("sk_", "sk_live_" + "0" * 36, new_text(KeyKind.LIVE)[:-1]):
        with pytest.raises(Unauthenticated, match="key_invalid"):
            await nobody.identify(what, HERE)
    with pytest.raises(AttributeError):  # the control: a well-formed one is looked up
        await nobody.identify(new_text(KeyKind.LIVE), HERE)


@pytest.mark.parametrize(
    ("address", "networks", "inside"),
    [
        (HERE, (), True),
        ("unknown", (), True),
        (HERE, ("192.0.2.7/32",), True),
        (HERE, ("10.0.0.0/8", "192.0.2.0/29"), True),
        (HERE, ("192.0.2.8/29",), False),
        ("::ffff:192.0.2.7", ("192.0.2.0/24",), True),
        ("192.0.2.7", ("::ffff:0:0/96",), False),
        ("2001:db8::1", ("2001:db8::/32",), True),
        ("2001:db9::1", ("2001:db8::/32",), False),
        (HERE, ("::/0",), False),
        (HERE, ("0.0.0.0/0",), True),
        ("192.0.2.7:443", ("0.0.0.0/0",), False),
    ],
)
def test_where_a_key_may_come_from(address: str, networks: tuple[str, ...], inside: bool) -> None:
    assert is_within(address, networks) is inside


async def test_that_it_was_used_is_noted_only_where_it_was_good(vault: Vault) -> None:
    company = derived("company", str(uuid4()))
    made = await make(vault, company, networks=("192.0.2.0/24",))

    async def used_at() -> datetime | None:
        return (await vault.api_keys.secrets([made.key.id]))[made.key.id][0].used_at

    with pytest.raises(Unauthenticated):
        await machines(vault).identify(made.text, ELSEWHERE)
    assert await used_at() is None
    await machines(vault).identify(made.text, HERE)
    assert await used_at() is not None
