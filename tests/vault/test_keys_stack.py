from __future__ import annotations

import asyncio

import psycopg
import pytest

from domain.kernel.errors import LegionError
from vault.cipher import SealBroken
from vault.codec import SubjectOpener, SubjectSealer
from vault.db import Vault, open_vault
from vault.kek import KeyEncryptionKeys
from vault.keys import SubjectErased, Tombstone

pytestmark = pytest.mark.stack


async def test_concurrent_calls_agree_on_one_committed_key(
    vault_dsn: str, kek: KeyEncryptionKeys, vault: Vault, company: str
) -> None:
    async with open_vault(vault_dsn, kek) as other:
        made = await asyncio.gather(
            *(each.keys.get_or_create(company, "lead/1") for _ in range(20) for each in (vault, other))
        )
        assert len(set(made)) == 1
        assert await other.keys.open_many(company, ["lead/1"]) == {"lead/1": made[0]}


async def test_every_subject_of_every_company_has_its_own_key(vault: Vault, company: str) -> None:
    made = {await vault.keys.get_or_create(owner, subject) for owner in (company, "other") for subject in ("a", "b")}
    assert len(made) == 4
    assert {len(key) for key in made} == {32}


async def test_projectors_see_keys_tombstones_and_what_never_was(vault: Vault, company: str) -> None:
    live = await vault.keys.get_or_create(company, "lead/live")
    await vault.keys.get_or_create(company, "lead/dead")
    await vault.keys.destroy(company, "lead/dead", "lead_request")
    opened = await vault.keys.open_many(company, ["lead/live", "lead/dead", "lead/none", "lead/live"])
    assert opened["lead/live"] == live
    assert opened["lead/none"] is None
    tombstone = opened["lead/dead"]
    assert isinstance(tombstone, Tombstone)
    assert tombstone.reason == "lead_request"
    assert tombstone.destroyed_at.utcoffset() is not None
    assert len(opened) == 3


async def test_a_destroyed_key_never_comes_back(vault: Vault, company: str) -> None:
    key = await vault.keys.get_or_create(company, "lead/1")
    sealed = SubjectSealer(key, company, "lead/1").text("message.text", "secret")
    assert await vault.keys.destroy(company, "lead/1", "lead_request") is True
    first = await vault.keys.open_many(company, ["lead/1"])
    assert await vault.keys.destroy(company, "lead/1", "again") is False
    assert await vault.keys.open_many(company, ["lead/1"]) == first
    with pytest.raises(SubjectErased) as caught:
        await vault.keys.get_or_create(company, "lead/1")
    assert isinstance(caught.value, LegionError)
    assert caught.value.code == "subject_erased"
    other = await vault.keys.get_or_create(company, "lead/2")
    with pytest.raises(SealBroken):
        SubjectOpener(other, company, "lead/1").text("message.text", sealed)


async def test_erasing_a_subject_that_had_no_key_keeps_it_from_getting_one(vault: Vault, company: str) -> None:
    assert await vault.keys.destroy(company, "lead/1", "restored") is True
    with pytest.raises(SubjectErased):
        await vault.keys.get_or_create(company, "lead/1")


async def test_creating_and_destroying_at_once_ends_in_a_tombstone(vault: Vault, company: str) -> None:
    subjects = [f"lead/{n}" for n in range(20)]
    creates = (vault.keys.get_or_create(company, subject) for subject in subjects)
    destroys = (vault.keys.destroy(company, subject, "r") for subject in subjects)
    ended = await asyncio.gather(*creates, *destroys, return_exceptions=True)
    assert not [one for one in ended if isinstance(one, BaseException) and not isinstance(one, SubjectErased)]
    opened = await vault.keys.open_many(company, subjects)
    assert all(isinstance(found, Tombstone) for found in opened.values())


async def test_keys_stand_in_the_database_only_wrapped(vault: Vault, vault_dsn: str, company: str) -> None:
    key = await vault.keys.get_or_create(company, "lead/1")
    pepper = await vault.pepper.get_or_create(company)
    with psycopg.connect(vault_dsn) as connection:
        rows = connection.execute(
            "select wrapped from subject_key where company = %s union all"
            " select wrapped from company_pepper where company = %s",
            (company, company),
        ).fetchall()
    assert len(rows) == 2
    assert all(secret not in row[0] for row in rows for secret in (key, pepper))


async def test_a_wrapped_key_copied_to_another_subject_does_not_open(
    vault: Vault, vault_dsn: str, company: str
) -> None:
    await vault.keys.get_or_create(company, "lead/1")
    with psycopg.connect(vault_dsn) as connection:
        connection.execute(
            "insert into subject_key (company, subject, wrapped)"
            " select company, 'lead/2', wrapped from subject_key where company = %s",
            (company,),
        )
    with pytest.raises(SealBroken):
        await vault.keys.open_many(company, ["lead/2"])


async def test_companies_have_one_pepper_each_whoever_asks_first(
    vault_dsn: str, kek: KeyEncryptionKeys, vault: Vault, company: str
) -> None:
    async with open_vault(vault_dsn, kek) as other:
        made = await asyncio.gather(*(each.pepper.get_or_create(company) for _ in range(10) for each in (vault, other)))
    assert len(set(made)) == 1
    assert await vault.pepper.get_or_create(company + "x") != made[0]
