from __future__ import annotations

import asyncio
from dataclasses import replace
from urllib.parse import urlsplit

import psycopg
import pytest

from domain.kernel.errors import LegionError, Misconfigured, Unavailable
from proof.servers import Postgres
from vault.cipher import new_key
from vault.db import open_vault
from vault.kek import KeyEncryptionKeys
from vault.migrate import Migration, applied, migrate, migrations
from vault.provision import provision

pytestmark = pytest.mark.stack


async def test_five_processes_that_start_at_once_migrate_once(postgres: Postgres) -> None:
    dsn = postgres.fresh_database()
    assert await asyncio.gather(*(migrate(dsn) for _ in range(5))) == [len(migrations())] * 5
    async with await psycopg.AsyncConnection.connect(dsn) as connection:
        assert await applied(connection) == [(known.version, known.sha256) for known in migrations()]


async def test_a_migration_that_fails_leaves_nothing_of_itself_and_keeps_those_before(postgres: Postgres) -> None:
    dsn = postgres.fresh_database()
    bad = Migration(2, "bad", "create table half (); select 1/0", "0" * 64)
    with pytest.raises(psycopg.errors.DivisionByZero):
        await migrate(dsn, (migrations()[0], bad))
    async with await psycopg.AsyncConnection.connect(dsn) as connection:
        assert len(await applied(connection)) == 1
        row = await (await connection.execute("select to_regclass('half')")).fetchone()
    assert row == (None,)
    assert await migrate(dsn) == len(migrations())


async def test_an_edited_migration_stops_the_start(own_dsn: str, kek: KeyEncryptionKeys) -> None:
    first, *others = migrations()
    with pytest.raises(LegionError) as caught:
        await migrate(own_dsn, (replace(first, sha256="0" * 64), *others))
    assert caught.value.code == "migration_edited"
    async with open_vault(own_dsn, kek):
        pass  # the files as they ran are accepted


async def test_a_vault_that_is_not_migrated_does_not_open(postgres: Postgres, kek: KeyEncryptionKeys) -> None:
    with pytest.raises(Misconfigured) as caught:
        async with open_vault(postgres.fresh_database(), kek):
            pass
    assert caught.value.code == "vault_not_migrated"


async def test_wrong_or_missing_key_encryption_keys_are_found_at_start(own_dsn: str) -> None:
    old = new_key()
    async with open_vault(own_dsn, KeyEncryptionKeys({"k1": old}, "k1")) as vault:
        await vault.keys.get_or_create("c", "lead/1")
    for kek, code in (
        (KeyEncryptionKeys({"k1": new_key()}, "k1"), "kek_wrong"),
        (KeyEncryptionKeys({"k2": new_key()}, "k2"), "kek_missing"),
    ):
        with pytest.raises(Misconfigured) as caught:
            async with open_vault(own_dsn, kek):
                pass
        assert caught.value.code == code
    async with open_vault(own_dsn, KeyEncryptionKeys({"k1": old}, "k1")):
        pass  # the wrong ones left nothing behind that the right one would lack


async def test_a_second_key_encryption_key_opens_beside_the_first(own_dsn: str) -> None:
    old = new_key()
    async with open_vault(own_dsn, KeyEncryptionKeys({"k1": old}, "k1")) as vault:
        key = await vault.keys.get_or_create("c", "lead/1")
    async with open_vault(own_dsn, KeyEncryptionKeys({"k1": old, "k2": new_key()}, "k2")) as vault:
        assert await vault.keys.get_or_create("c", "lead/1") == key
        assert await vault.keys.get_or_create("c", "lead/2") != key


async def test_a_server_that_is_away_is_unavailable(kek: KeyEncryptionKeys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vault.pool.WAIT_S", 0.5)
    with pytest.raises(Unavailable) as caught:
        async with open_vault("postgresql://nobody@127.0.0.1:1/none", kek):
            pass
    assert caught.value.code == "vault_unavailable"


async def test_connections_that_the_server_ended_cost_no_caller_anything(
    own_dsn: str, kek: KeyEncryptionKeys, company: str
) -> None:
    async with open_vault(own_dsn, kek) as vault:
        key = await vault.keys.get_or_create(company, "lead/1")
        async with await psycopg.AsyncConnection.connect(own_dsn, autocommit=True) as connection:
            await connection.execute(
                "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )
        assert await vault.keys.open_many(company, ["lead/1"]) == {"lead/1": key}


async def test_the_vaults_role_owns_its_database_and_nobody_else_may_connect(
    postgres: Postgres, kek: KeyEncryptionKeys
) -> None:
    names = ("vault_provisioned", "vault_owner")
    password = "p:a@s/s 'w\"ord"
    dsn = await provision(postgres.dsn, password, database=names[0], role=names[1])
    assert await provision(postgres.dsn, password, database=names[0], role=names[1]) == dsn
    await migrate(dsn)
    async with open_vault(dsn, kek) as vault:
        await vault.pepper.get_or_create("c")
    with psycopg.connect(postgres.dsn, autocommit=True) as admin:
        admin.execute("create role vault_stranger login password 'x'")
        rights = admin.execute(
            "select rolsuper, rolcreatedb, rolcreaterole, rolbypassrls from pg_roles where rolname = %s", (names[1],)
        ).fetchone()
    assert rights == (False, False, False, False)
    place = urlsplit(postgres.dsn)
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(f"postgresql://vault_stranger:x@{place.hostname}:{place.port}/{names[0]}")
