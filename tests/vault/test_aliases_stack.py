from __future__ import annotations

import asyncio
import itertools
import random
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import TupleRow

from domain.kernel.errors import InvalidInput
from vault.db import Vault, open_vault
from vault.kek import KeyEncryptionKeys
from vault.pepper import alias_hash, derived_lead_id

pytestmark = pytest.mark.stack

PHONE, LID, EMAIL = ("phone", "+5511987654321"), ("lid", "123456789012345"), ("email", "ana@example.com")


async def until_waiting(watcher: psycopg.AsyncConnection[TupleRow], count: int) -> None:
    """Until that many statements of this database wait for a lock."""
    async with asyncio.timeout(20):
        while True:
            cursor = await watcher.execute(
                "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
            )
            row = await cursor.fetchone()
            if row is not None and row[0] >= count:
                return
            await asyncio.sleep(0.01)


async def test_a_new_contact_becomes_a_lead_whose_id_derives_from_its_first_alias(vault: Vault, company: str) -> None:
    pepper = await vault.pepper.get_or_create(company)
    made = await vault.aliases.resolve(company, [LID, PHONE])
    assert made.lead == derived_lead_id(pepper, *LID, generation=0)
    assert (made.created, made.other_lead) == (True, None)
    assert made.hashes == (("lid", alias_hash(pepper, *LID)), ("phone", alias_hash(pepper, *PHONE)))
    assert made.new_hashes == made.hashes


async def test_a_known_contact_is_found_by_any_alias_and_new_ones_are_linked(vault: Vault, company: str) -> None:
    first = await vault.aliases.resolve(company, [PHONE])
    again = await vault.aliases.resolve(company, [EMAIL, PHONE, PHONE])
    assert (again.lead, again.created, again.other_lead) == (first.lead, False, None)
    assert [scheme for scheme, _ in again.hashes] == ["email", "phone"]
    assert [scheme for scheme, _ in again.new_hashes] == ["email"]
    by_mail = await vault.aliases.resolve(company, [EMAIL])
    assert (by_mail.lead, by_mail.created, by_mail.new_hashes) == (first.lead, False, ())


async def test_the_same_person_is_another_lead_in_another_company(vault: Vault, company: str) -> None:
    here, there = await vault.aliases.resolve(company, [PHONE]), await vault.aliases.resolve(company + "x", [PHONE])
    assert here.lead != there.lead
    assert set(here.hashes).isdisjoint(there.hashes)


async def test_a_body_that_names_two_leads_goes_to_the_older_and_tells_the_other(vault: Vault, company: str) -> None:
    older = await vault.aliases.resolve(company, [PHONE])
    younger = await vault.aliases.resolve(company, [LID])
    assert older.lead != younger.lead
    both = await vault.aliases.resolve(company, [LID, EMAIL, PHONE])
    assert (both.lead, both.created, both.other_lead) == (older.lead, False, younger.lead)
    assert [scheme for scheme, _ in both.new_hashes] == ["email"]
    assert (await vault.aliases.resolve(company, [EMAIL])).lead == older.lead
    assert (await vault.aliases.resolve(company, [LID])).lead == younger.lead


async def test_leads_of_the_same_age_go_by_the_smaller_id(vault: Vault, company: str) -> None:
    pepper = await vault.pepper.get_or_create(company)
    at = datetime(2026, 1, 1, tzinfo=UTC)
    await vault.aliases.link(company, "lead-b", [alias_hash(pepper, *PHONE)], at=at)
    await vault.aliases.link(company, "lead-a", [alias_hash(pepper, *LID)], at=at)
    both = await vault.aliases.resolve(company, [PHONE, LID])
    assert (both.lead, both.other_lead) == ("lead-a", "lead-b")


async def test_a_body_without_an_alias_is_refused(vault: Vault, company: str) -> None:
    with pytest.raises(InvalidInput):
        await vault.aliases.resolve(company, [])


@pytest.mark.parametrize("seed", range(5))
async def test_fifty_parallel_webhooks_of_one_new_contact_meet_in_one_lead(
    vault_dsn: str, kek: KeyEncryptionKeys, vault: Vault, company: str, seed: int
) -> None:
    chance = random.Random(seed)
    aliases = [PHONE, LID, EMAIL, ("bsuid", "b-1"), ("telegram", "77")]
    orders = [chance.sample(aliases, k=len(aliases)) for _ in range(50)]
    async with open_vault(vault_dsn, kek) as other:  # two processes, sixteen connections
        made = await asyncio.gather(
            *((vault, other)[n % 2].aliases.resolve(company, order) for n, order in enumerate(orders))
        )
    assert len({one.lead for one in made}) == 1
    assert sum(one.created for one in made) == 1
    assert sum(len(one.new_hashes) for one in made) == len(aliases)
    assert {one.other_lead for one in made} == {None}


@pytest.mark.parametrize("seed", range(5))
async def test_overlapping_bodies_in_parallel_never_deadlock_and_link_each_alias_once(
    vault_dsn: str, kek: KeyEncryptionKeys, vault: Vault, company: str, seed: int
) -> None:
    """Bodies that share only some aliases may make two leads of one person, never an alias of two leads."""
    chance = random.Random(seed)
    aliases = [("telegram", str(n)) for n in range(8)]
    bodies = [chance.sample(aliases, k=chance.randint(1, 4)) for _ in range(120)]
    async with open_vault(vault_dsn, kek) as other:
        made = await asyncio.gather(
            *((vault, other)[n % 2].aliases.resolve(company, body) for n, body in enumerate(bodies))
        )
    created = {one.lead for one in made if one.created}
    assert sum(one.created for one in made) == len(created)
    assert {one.lead for one in made} == created
    linked = [hash_ for one in made for _, hash_ in one.new_hashes]
    assert len(linked) == len(set(linked)) == len({alias for body in bodies for alias in body})


async def test_the_same_inserts_without_the_common_order_do_deadlock(vault_dsn: str, company: str) -> None:
    """The control: two transactions that take two hashes in opposite orders."""
    insert = "insert into alias (company, hash) values (%s, %s) on conflict do nothing"
    a, b = b"a" * 32, b"b" * 32
    async with (
        await psycopg.AsyncConnection.connect(vault_dsn) as one,
        await psycopg.AsyncConnection.connect(vault_dsn) as two,
    ):
        await one.execute(insert, (company, a))
        await two.execute(insert, (company, b))
        ended = await asyncio.gather(
            one.execute(insert, (company, b)), two.execute(insert, (company, a)), return_exceptions=True
        )
        assert any(isinstance(one_end, psycopg.errors.DeadlockDetected) for one_end in ended)
        await one.rollback()
        await two.rollback()


async def test_the_map_is_rebuilt_from_its_links_with_the_ages_of_the_leads(vault: Vault, company: str) -> None:
    pepper = await vault.pepper.get_or_create(company)
    phone, lid, mail = (alias_hash(pepper, *alias) for alias in (PHONE, LID, EMAIL))
    then = datetime(2026, 1, 1, tzinfo=UTC)
    assert await vault.aliases.link(company, "young", [phone], at=then + timedelta(days=1)) == 1
    assert await vault.aliases.link(company, "old", [lid, mail], at=then) == 2
    assert await vault.aliases.link(company, "old", [lid, mail], at=then) == 0
    assert await vault.aliases.link(company, "young", [mail], at=then) == 0, "the first link of a hash stands"
    both = await vault.aliases.resolve(company, [PHONE, EMAIL])
    assert (both.lead, both.other_lead) == ("old", "young")


async def test_after_an_erasure_an_alias_starts_a_lead_with_another_id(vault: Vault, company: str) -> None:
    first = await vault.aliases.resolve(company, [PHONE, LID])
    await vault.erasure.begin(company, first.lead, ends=[0])
    second = await vault.aliases.resolve(company, [PHONE, LID])
    pepper = await vault.pepper.get_or_create(company)
    assert second.lead == derived_lead_id(pepper, *PHONE, generation=1)
    assert second.lead != first.lead
    assert (second.created, second.new_hashes) == (True, second.hashes)


async def test_parallel_webhooks_of_an_erased_contact_meet_in_one_lead_too(vault: Vault, company: str) -> None:
    """Its rows are there, so that the inserts make nobody wait: the row locks must."""
    orders = list(itertools.permutations([PHONE, LID, EMAIL]))
    for _ in range(5):
        erased = await vault.aliases.resolve(company, [PHONE, LID, EMAIL])
        await vault.erasure.begin(company, erased.lead, ends=[0])
        made = await asyncio.gather(*(vault.aliases.resolve(company, order) for order in orders))
        assert len({one.lead for one in made} - {erased.lead}) == 1
        assert sum(one.created for one in made) == 1


async def test_everybody_waits_at_the_smallest_hash_and_holds_nothing_behind_it(
    vault: Vault, vault_dsn: str, company: str
) -> None:
    pepper = await vault.pepper.get_or_create(company)
    first, *others = sorted(bytes.fromhex(alias_hash(pepper, *alias)) for alias in (PHONE, LID, EMAIL))
    insert = "insert into alias (company, hash) values (%s, %s)"
    orders = list(itertools.permutations([PHONE, LID, EMAIL]))
    async with (
        await psycopg.AsyncConnection.connect(vault_dsn) as holder,
        await psycopg.AsyncConnection.connect(vault_dsn, options="-c lock_timeout=5s") as prober,
        await psycopg.AsyncConnection.connect(vault_dsn, autocommit=True) as watcher,
    ):
        await holder.execute(insert, (company, first))
        calls = [asyncio.create_task(vault.aliases.resolve(company, order)) for order in orders]
        await until_waiting(watcher, len(orders))
        for other in others:
            await prober.execute(insert, (company, other))  # LockNotAvailable when anybody held it
        await prober.rollback()
        await holder.rollback()
        assert len({one.lead for one in await asyncio.gather(*calls)}) == 1


async def test_no_alias_stands_in_any_table_in_the_clear(own_vault: Vault, own_dsn: str) -> None:
    made = await own_vault.aliases.resolve("c", [PHONE, LID, EMAIL])
    await own_vault.keys.get_or_create("c", f"lead/{made.lead}")
    content = b""
    with psycopg.connect(own_dsn) as connection:
        tables = connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
        for (table,), form in itertools.product(tables, ("text", "binary")):
            copied = sql.SQL("copy {} to stdout (format {})").format(sql.Identifier(table), sql.SQL(form))
            with connection.cursor().copy(copied) as copy:
                content += b"".join(copy)
    assert made.lead.encode() in content, "the search finds what is there"
    for _, value in (PHONE, LID, EMAIL):
        assert value.encode() not in content
        assert value.encode().hex().encode() not in content
