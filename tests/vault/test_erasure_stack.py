"""Forgetting a lead: which body meets whom, what stays, and that it may be done twice and in any order."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from domain.kernel.ids import lead_journey
from proof.servers import Postgres
from vault.backup import backup, restore
from vault.db import Vault, open_vault
from vault.erasure import ErasedLead
from vault.kek import KeyEncryptionKeys
from vault.keys import SubjectErased, Tombstone
from vault.pepper import alias_hash

pytestmark = pytest.mark.stack

PHONE, LID, EMAIL = ("phone", "+5511987654321"), ("lid", "123456789012345"), ("email", "ana@example.com")
ENDS = (5, 0, 9)
AT = datetime(2026, 11, 25, tzinfo=UTC)


async def test_a_body_of_before_meets_the_erased_lead_and_a_newer_one_starts_anew(vault: Vault, company: str) -> None:
    first = await vault.aliases.resolve(company, [PHONE, LID], at=(0, 1))
    hashes, ends = await vault.erasure.begin(company, first.lead, ends=ENDS)
    assert set(hashes) == {hash_ for _, hash_ in first.hashes}
    assert ends == ENDS
    for older in ((0, 4), (2, 8)):
        met = await vault.aliases.resolve(company, [PHONE], at=older)
        assert (met.lead, met.created, met.new_hashes) == (first.lead, False, ())
        assert await vault.aliases.find(company, [LID], at=older) == first.lead
    newer = await vault.aliases.resolve(company, [LID, PHONE], at=(0, 5))
    assert newer.created
    assert newer.lead != first.lead
    assert (await vault.aliases.resolve(company, [PHONE], at=(1, 0))).lead == newer.lead
    assert (await vault.aliases.resolve(company, [PHONE], at=(2, 8))).lead == first.lead, "still, whenever it is read"


async def test_each_body_meets_the_lead_of_its_own_time(vault: Vault, company: str) -> None:
    leads = []
    for n in range(4):
        leads.append((await vault.aliases.resolve(company, [PHONE], at=(0, 10 * n))).lead)
        await vault.erasure.begin(company, leads[-1], ends=[10 * n + 5])
    leads.append((await vault.aliases.resolve(company, [PHONE], at=(0, 99))).lead)
    assert len(set(leads)) == 5
    for offset in range(50):
        met = await vault.aliases.resolve(company, [PHONE], at=(0, offset))
        assert met.lead == leads[(offset + 5) // 10 if offset < 35 else 4], offset


async def test_an_alias_that_comes_with_a_body_of_before_is_not_linked_to_anybody(vault: Vault, company: str) -> None:
    first = await vault.aliases.resolve(company, [PHONE], at=(0, 1))
    await vault.erasure.begin(company, first.lead, ends=ENDS)
    old = await vault.aliases.resolve(company, [EMAIL, PHONE], at=(0, 2))
    assert (old.lead, old.new_hashes) == (first.lead, ())
    assert await vault.aliases.find(company, [EMAIL]) is None


async def test_the_first_record_stands_and_a_second_counts_no_generation(
    vault: Vault, vault_dsn: str, company: str
) -> None:
    first = await vault.aliases.resolve(company, [PHONE])
    begun = await vault.erasure.begin(company, first.lead, ends=ENDS)
    newer = await vault.aliases.resolve(company, [PHONE], at=(0, 7))
    assert await vault.erasure.begin(company, first.lead, ends=[99, 99, 99], opted_out=True) == begun
    assert (await vault.aliases.resolve(company, [PHONE], at=(0, 8))).lead == newer.lead
    with psycopg.connect(vault_dsn) as connection:
        rows = connection.execute("select generation, opted_out from alias where company = %s", (company,)).fetchall()
    assert rows == [(1, True)]


async def test_an_opt_out_outlives_the_erasure(vault: Vault, company: str) -> None:
    first = await vault.aliases.resolve(company, [PHONE, LID])
    await vault.erasure.begin(company, first.lead, ends=ENDS)
    await vault.erasure.forget(company, first.lead, reason="lead_request", opted_out=True)
    assert (await vault.aliases.resolve(company, [LID], at=(0, 5))).opted_out
    other = await vault.aliases.resolve(company, [EMAIL], at=(0, 5))
    assert not other.opted_out


async def test_the_key_leaves_a_tombstone_and_the_alias_is_in_no_table(vault: Vault, company: str) -> None:
    first = await vault.aliases.resolve(company, [PHONE])
    journey = lead_journey(first.lead)
    await vault.keys.get_or_create(company, journey)
    for _ in range(2):
        await vault.erasure.forget(company, first.lead, reason="lead_request", opted_out=False)
    found = (await vault.keys.open_many(company, [journey]))[journey]
    assert isinstance(found, Tombstone)
    assert found.reason == "lead_request"
    with pytest.raises(SubjectErased):
        await vault.keys.get_or_create(company, journey)


async def test_a_backup_brings_a_key_back_and_catching_up_destroys_it_again(
    own_vault: Vault, own_dsn: str, postgres: Postgres, kek: KeyEncryptionKeys, tmp_path: Path
) -> None:
    await own_vault.keys.get_or_create("c", "lead/old")
    await backup(own_dsn, tmp_path / "vault.backup", kek)
    empty = postgres.fresh_database()
    await restore(tmp_path / "vault.backup", empty, kek)
    async with open_vault(empty, kek, behind=True) as restored:
        found = await restored.keys.open_many("c", ["lead/old"])
        assert isinstance(found["lead/old"], bytes), "the control: without the log it would be readable"
        erased = ErasedLead("c", "old", ("ab" * 32,), ENDS, opted_out=False, reason="lead_request", at=AT)
        await restored.erasure.catch_up(erased)
        await restored.erasure.caught_up()
    async with open_vault(empty, kek) as restored:
        assert isinstance((await restored.keys.open_many("c", ["lead/old"]))["lead/old"], Tombstone)


@pytest.mark.parametrize("order", list(itertools.permutations(("link old", "erase old", "link new"))))
async def test_a_restored_vault_learns_the_same_in_any_order(
    vault: Vault, vault_dsn: str, company: str, order: tuple[str, ...]
) -> None:
    """Partitions of the log have no order among each other."""
    pepper = await vault.pepper.get_or_create(company)
    hash_ = alias_hash(pepper, *PHONE)
    erased = ErasedLead(company, "old", (hash_,), ENDS, opted_out=True, reason="lead_request", at=AT)
    for step in (*order, *order):
        if step == "erase old":
            await vault.erasure.catch_up(erased)
        elif step == "link old":
            await vault.aliases.link(company, "old", [hash_], at=AT - timedelta(days=1))
        else:
            await vault.aliases.link(company, "new", [hash_], at=AT + timedelta(days=1))
    newer = await vault.aliases.resolve(company, [PHONE], at=(0, 5))
    # Where the old link came first it stood until the erasure; the new one comes with the second round.
    assert (newer.lead, newer.created, newer.opted_out) == ("new", False, True)
    assert (await vault.aliases.resolve(company, [PHONE], at=(0, 4))).lead == "old"
    with psycopg.connect(vault_dsn) as connection:
        (row,) = connection.execute("select lead, generation from alias where company = %s", (company,)).fetchall()
    assert row == ("new", 1)
