"""Keys of machines in the vault: made once, rotated without a gap, revoked for good."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from domain.kernel.errors import NotFound, Refused
from tests.vault.accounts.machines import new_key_of
from vault.accounts.api_key import ApiKey, Issued, Why
from vault.accounts.api_keys import ABUSED, KEPT, MOST, SEEN, WITHIN
from vault.accounts.key_text import SHOWN, KeyKind, kind_of
from vault.accounts.outbox import Put
from vault.db import Vault

pytestmark = pytest.mark.stack
DAY = timedelta(days=1)


def put(value: bytes) -> Put:
    return Put(str(uuid4()), value)


async def make(vault: Vault, company: str, **more: object) -> Issued:
    return await vault.api_keys.make(new_key_of(company, **more), call=str(uuid4()), put=put(b"made"))


async def rotate(vault: Vault, key: ApiKey, overlap: timedelta = DAY, **more: object) -> Issued:
    values = {"expires_at": key.expires_at, "call": str(uuid4()), "put": put(b"rotated")} | more
    return await vault.api_keys.rotate(key, overlap=overlap, **values)  # type: ignore[arg-type]  # as named


async def state(vault: Vault, issued: Issued) -> str | None:
    found = await vault.api_keys.find(issued.text)
    return None if found is None else found.state


async def change(vault: Vault, sql: str, *values: object) -> None:
    async with vault.api_keys._pool.connection() as connection:
        await connection.execute(sql.encode(), values)


async def told(vault: Vault) -> list[bytes]:
    return [each.value for each in await vault.outbox.waiting(older_than=timedelta(0), limit=100)]


async def test_a_key_is_known_by_its_text_and_its_text_by_nobody(own_vault: Vault) -> None:
    made = await make(own_vault, "c", networks=("192.0.2.0/24",), kind=KeyKind.TEST)
    assert kind_of(made.text) is KeyKind.TEST
    found = await own_vault.api_keys.find(made.text)
    assert found is not None
    assert (found.key, found.state, found.stale) == (made.key, "good", True)
    assert found.key == await own_vault.api_keys.get("c", made.key.id)
    assert found.key.scopes == {"lead:read"}
    other = "y" if made.text.endswith("x") else "x"
    assert await own_vault.api_keys.find(made.text[:-1] + other) is None
    assert await told(own_vault) == [b"made"]
    assert made.text not in repr(made)
    async with own_vault.api_keys._pool.connection() as connection:
        for table in ("api_key", "api_key_secret", "outbox"):
            rows = await (await connection.execute(f"select t::text from {table} t".encode())).fetchall()
            assert rows
            assert not any(made.text[SHOWN:] in row[0] for row in rows), table
            assert any(made.text[:SHOWN] in row[0] for row in rows) == (table == "api_key_secret")  # the control


async def test_the_same_call_makes_one_key_and_shows_its_secret_once(own_vault: Vault) -> None:
    new = new_key_of("c")

    async def once() -> Issued | Refused:
        try:
            return await own_vault.api_keys.make(new, call="same", put=put(b"made"))
        except Refused as refused:
            return refused

    answers = await asyncio.gather(*(once() for _ in range(8)))
    made = [each for each in answers if isinstance(each, Issued)]
    assert len(made) == 1
    assert {each.code for each in answers if isinstance(each, Refused)} == {"key_already_made"}
    assert [each.id for each in await own_vault.api_keys.of_company("c")] == [new.id]
    assert await told(own_vault) == [b"made"]


async def test_another_companys_key_is_not_there(vault: Vault, company: str) -> None:
    made = await make(vault, company)
    for other, id_ in (("another", made.key.id), (company, str(uuid4()))):
        with pytest.raises(NotFound, match="unknown_key"):
            await vault.api_keys.get(other, id_)
    with pytest.raises(NotFound):
        await rotate(vault, replace(made.key, company="another"))
    assert await vault.api_keys.of_company("another company") == ()
    assert await state(vault, made) == "good"


async def test_a_rotated_key_is_the_same_key_and_both_secrets_work_for_a_while(vault: Vault, company: str) -> None:
    made = await make(vault, company)
    first = await rotate(vault, made.key)
    assert first.key.id == made.key.id
    assert (await state(vault, made), await state(vault, first)) == ("good", "good")
    second = await rotate(vault, made.key, timedelta(0))  # in a hurry: whatever there was is over
    assert [await state(vault, each) for each in (made, first, second)] == ["replaced", "replaced", "good"]
    shown = (await vault.api_keys.secrets([made.key.id]))[made.key.id]
    assert [each.shown for each in shown] == [each.text[:SHOWN] for each in (second, first, made)]
    assert [each.works_until is None for each in shown] == [True, False, False]


async def test_the_overlap_ends_by_itself_and_a_later_rotation_does_not_lengthen_it(vault: Vault, company: str) -> None:
    made = await make(vault, company)
    first = await rotate(vault, made.key, timedelta(hours=1))
    await rotate(vault, made.key, timedelta(days=7))
    await change(
        vault, "update api_key_secret set works_until = works_until - interval '1 hour' where key = %s", made.key.id
    )
    assert (await state(vault, made), await state(vault, first)) == ("replaced", "good")


async def test_the_same_rotation_again_changes_nothing(vault: Vault, company: str) -> None:
    made = await make(vault, company)
    id_ = str(uuid4())
    first = await rotate(vault, made.key, call=id_)
    with pytest.raises(Refused, match="key_already_rotated"):
        await rotate(vault, made.key, timedelta(0), call=id_)
    assert (await state(vault, made), await state(vault, first)) == ("good", "good")
    assert len((await vault.api_keys.secrets([made.key.id]))[made.key.id]) == 2


async def test_an_expired_key_works_again_only_by_a_rotation_that_says_until_when(vault: Vault, company: str) -> None:
    over = datetime.now(UTC) - timedelta(seconds=1)
    made = await make(vault, company, expires_at=over)
    assert await state(vault, made) == "expired"
    with pytest.raises(Refused, match="key_expired"):
        await rotate(vault, made.key)
    renewed = await rotate(vault, made.key, expires_at=datetime.now(UTC) + DAY)
    assert await state(vault, renewed) == "good"
    endless = await rotate(vault, renewed.key, expires_at=None)
    assert endless.key.expires_at is None
    assert (await vault.api_keys.get(company, made.key.id)).expires_at is None


async def test_a_revoked_key_is_over_with_all_its_secrets_and_for_good(own_vault: Vault) -> None:
    made = await make(own_vault, "c")
    rotated = await rotate(own_vault, made.key)
    assert await own_vault.api_keys.revoke(made.key.id, Why.BY_ADMIN, put=put(b"revoked")) is True
    assert await own_vault.api_keys.revoke(made.key.id, Why.LEAKED, put=put(b"again")) is False
    assert (await state(own_vault, made), await state(own_vault, rotated)) == ("revoked", "revoked")
    assert await told(own_vault) == [b"made", b"rotated", b"revoked"]
    now = await own_vault.api_keys.get("c", made.key.id)
    assert now.revoked_why == "by_admin"
    for key in (made.key, now):
        with pytest.raises(Refused, match="key_revoked"):
            await rotate(own_vault, key)
        with pytest.raises(Refused, match="key_revoked"):
            await own_vault.api_keys.change(key, replace(key, name="n"), put=put(b""))


async def test_who_changes_a_key_names_what_they_saw(own_vault: Vault) -> None:
    made = await make(own_vault, "c")
    wider = replace(made.key, name="ERP", scopes=frozenset({"lead:read", "lead:manage"}), networks=("::1/128",))
    await own_vault.api_keys.change(made.key, wider, put=put(b"changed"))
    assert await own_vault.api_keys.get("c", made.key.id) == wider
    for late in (
        own_vault.api_keys.change(made.key, made.key, put=put(b"")),
        rotate(own_vault, made.key),
    ):
        with pytest.raises(Refused, match="key_moved_on"):
            await late
    assert await told(own_vault) == [b"made", b"changed"]


async def test_too_often_from_elsewhere_within_an_hour_and_it_is_revoked(own_vault: Vault) -> None:
    made, other = await make(own_vault, "c"), await make(own_vault, "c")

    async def strayed(id_: str) -> bool:
        return await own_vault.api_keys.strayed(id_, put=put(b"abused"))

    assert [await strayed(made.key.id) for _ in range(ABUSED - 1)] == [False] * (ABUSED - 1)
    assert await state(own_vault, made) == "good"
    # The control: with an hour between, the count begins anew.
    await change(own_vault, "update api_key set strays_since = strays_since - %s", WITHIN)
    answers = await asyncio.gather(*(strayed(made.key.id) for _ in range(ABUSED + 5)))
    assert answers.count(True) == 1
    assert await state(own_vault, made) == "revoked"
    assert (await own_vault.api_keys.get("c", made.key.id)).revoked_why == "abused"
    assert (await told(own_vault)).count(b"abused") == 1
    assert await state(own_vault, other) == "good"


async def test_the_last_use_is_known_to_the_minute_and_written_once_in_one(own_vault: Vault) -> None:
    made = await make(own_vault, "c")

    async def used_at() -> datetime | None:
        await own_vault.api_keys.used(made.text)
        return (await own_vault.api_keys.secrets([made.key.id]))[made.key.id][0].used_at

    first = await used_at()
    assert first is not None
    found = await own_vault.api_keys.find(made.text)
    assert found is not None
    assert not found.stale
    assert await used_at() == first
    await change(own_vault, "update api_key_secret set used_at = used_at - %s", SEEN)
    assert await used_at() != first


async def test_a_company_has_a_hundred_keys_at_most(own_vault: Vault) -> None:
    made = [await make(own_vault, "c") for _ in range(MOST)]
    with pytest.raises(Refused, match="too_many_keys"):
        await make(own_vault, "c")
    await make(own_vault, "d")
    await own_vault.api_keys.revoke(made[0].key.id, Why.BY_ADMIN, put=put(b""))
    await make(own_vault, "c")


async def test_what_is_long_over_is_forgotten(own_vault: Vault) -> None:
    kept, gone = await make(own_vault, "c"), await make(own_vault, "c")
    await rotate(own_vault, kept.key, timedelta(0))
    await own_vault.api_keys.revoke(gone.key.id, Why.BY_ADMIN, put=put(b""))
    await own_vault.api_keys.forget_old()
    assert len(await own_vault.api_keys.of_company("c")) == 2  # the control
    await change(own_vault, "update api_key set revoked_at = revoked_at - %s", KEPT)
    await change(own_vault, "update api_key_secret set works_until = works_until - %s", KEPT)
    await own_vault.api_keys.forget_old()
    assert [each.id for each in await own_vault.api_keys.of_company("c")] == [kept.key.id]
    assert len((await own_vault.api_keys.secrets([kept.key.id]))[kept.key.id]) == 1
    assert await state(own_vault, gone) is None
