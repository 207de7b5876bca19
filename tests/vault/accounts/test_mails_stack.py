"""Mails that wait: each is one sender's at a time, comes again when it failed, is given up with its token."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from proof.servers import Postgres
from vault.accounts.mails import MailKind, Mails, NewMail
from vault.backup import backup, restore
from vault.db import Vault, open_vault
from vault.kek import KeyEncryptionKeys

pytestmark = pytest.mark.stack

MAIL = NewMail(MailKind.LOCKED, "ana.prado@example.org", "pt-BR", "token-of-ana", {"company": "Clínica"})
NOW = timedelta(0)


@pytest.fixture
def mails(own_vault: Vault) -> Mails:
    return own_vault.mails


async def age(mails: Mails, id_: str, minutes: int) -> None:
    async with mails._pool.connection() as connection:
        await connection.execute(
            "update mail set made_at = made_at - make_interval(mins => %s) where id = %s", (minutes, id_)
        )


async def test_a_mail_comes_out_as_it_went_in_and_once(mails: Mails) -> None:
    id_ = await mails.put(MAIL)
    (due,) = await mails.due(10)
    assert (due.id, due.mail, due.tries) == (id_, MAIL, 1)
    assert await mails.due(10) == [], "somebody has it"
    await mails.sent(id_)
    assert await mails.due(10, lease=NOW) == []


async def test_it_comes_again_after_a_failure_and_after_a_senders_death(mails: Mails) -> None:
    id_ = await mails.put(MAIL)
    await mails.due(10)
    await mails.failed(id_, timedelta(hours=1))
    assert await mails.due(10) == []
    await mails.failed(id_, NOW)
    (again,) = await mails.due(10, lease=NOW)  # and dies
    assert again.tries == 2
    assert [each.id for each in await mails.due(10)] == [id_]


async def test_of_many_senders_each_has_its_own(mails: Mails) -> None:
    ids = [await mails.put(MAIL) for _ in range(40)]
    taken = await asyncio.gather(*(mails.due(3) for _ in range(20)))
    assert max(map(len, taken)) <= 3
    found = [due.id for some in taken for due in some]
    assert len(found) == len(set(found))
    while more := await mails.due(3):
        found += [due.id for due in more]
    assert sorted(found) == sorted(ids)


async def test_after_an_hour_it_is_given_up(mails: Mails) -> None:
    old, young = await mails.put(MAIL), await mails.put(MAIL)
    await age(mails, old, 61)
    await age(mails, young, 59)
    assert [due.id for due in await mails.due(10, lease=NOW)] == [young]
    assert await mails.give_up() == 1
    assert await mails.give_up() == 0


async def test_it_is_put_with_what_makes_its_token_or_not_at_all(mails: Mails) -> None:
    async def put(done: int) -> None:
        async with mails._pool.transaction() as connection:
            await mails.put(MAIL, within=connection)
            assert 1 / done

    with pytest.raises(ZeroDivisionError):
        await put(0)
    assert await mails.due(10) == []
    await put(1)
    assert len(await mails.due(10)) == 1


async def test_nothing_of_it_can_be_read_without_the_key(mails: Mails, own_dsn: str) -> None:
    id_ = await mails.put(MAIL)
    other = await mails.put(MAIL)
    with psycopg.connect(own_dsn, autocommit=True) as connection:
        rows = connection.execute("select id, wrapped, made_at::text, next_at::text from mail").fetchall()
        for word in ("ana.prado", "token-of-ana", "company"):
            assert word not in str(rows)
        connection.execute("update mail set wrapped = (select wrapped from mail where id = %s)", (other,))
    with pytest.raises(Exception, match="seal_broken"):
        await mails.due(1)  # copied to another row it does not open
    await mails.sent(id_)


async def test_a_restored_vault_sends_no_mail_of_before(
    own_vault: Vault, own_dsn: str, postgres: Postgres, kek: KeyEncryptionKeys, tmp_path: Path
) -> None:
    await own_vault.mails.put(MAIL)
    await backup(own_dsn, tmp_path / "vault.backup", kek)
    await own_vault.erasure.caught_up()
    assert len(await own_vault.mails.due(10)) == 1  # the control: only a restored one
    empty = postgres.fresh_database()
    await restore(tmp_path / "vault.backup", empty, kek)
    async with open_vault(empty, kek, behind=True) as restored:
        await restored.erasure.caught_up()
        assert await restored.mails.due(10) == []
