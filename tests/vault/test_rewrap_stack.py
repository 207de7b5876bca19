"""Everything in the vault is wrapped anew, and the old key-encryption key may go: nothing is forgotten, nothing comes
back, nobody waits."""

from __future__ import annotations

import asyncio
import sys
from datetime import date
from pathlib import Path

import orjson
import psycopg
import pytest

from domain.kernel.errors import Corrupt, Misconfigured, Unavailable
from proof.servers import Postgres
from tests.vault.test_backup_stack import LOGO, PHONE, USER, fill
from vault.backup import backup, restore
from vault.cipher import SealBroken
from vault.codec import SubjectOpener
from vault.db import Vault, open_vault
from vault.kek import KeyEncryptionKeys, generate
from vault.keys import SubjectErased
from vault.pool import open_pool
from vault.rewrap import Rewrap, check_columns
from vault.wrapped import WRAPPED

pytestmark = pytest.mark.stack

OLD, NEW = generate(), generate()
BEFORE = KeyEncryptionKeys.from_settings({"k1": OLD}, "k1")
BOTH = KeyEncryptionKeys.from_settings({"k2": NEW, "k1": OLD}, "k2")
AFTER = KeyEncryptionKeys.from_settings({"k2": NEW}, "k2")
ROOT = Path(__file__).parents[2]

COLUMNS = {f"{each.table}.{each.column}" for each in WRAPPED}

BESIDE = """
select a.attrelid::regclass::text, a.attname from pg_attribute a
join pg_constraint c on c.conrelid = a.attrelid and c.contype = 'f' and c.conkey = array[a.attnum]
where c.confrelid = 'key_encryption_key'::regclass and a.attgenerated = 's' order by 1, 2
"""


async def everything(vault: Vault) -> bytes:
    """Something wrapped in every column. Returns what was sealed under the key of lead/1."""
    sealed, *_ = await fill(vault)
    await vault.logins.offer_totp(USER, "u")  # `totp_offered` beside `totp`
    return sealed


async def prefixes(dsn: str) -> dict[str, set[bytes]]:
    """table.column → by which keys its rows are wrapped, as the bytes themselves say."""
    found: dict[str, set[bytes]] = {}
    async with await psycopg.AsyncConnection.connect(dsn) as connection:
        for each in WRAPPED:
            cursor = await connection.execute(
                f"select distinct substring({each.column} for 3) from {each.table}"
                f" where {each.column} is not null".encode()
            )
            found[f"{each.table}.{each.column}"] = {row[0] for row in await cursor.fetchall()}
    return found


async def opens_all(vault: Vault, sealed: bytes) -> None:
    """Whatever a process opens, by the parts that open it."""
    key = await vault.keys.get_or_create("c", "lead/1")
    assert SubjectOpener(key, "c", "lead/1").text("message.text", sealed) == "Olá"
    with pytest.raises(SubjectErased):
        await vault.keys.get_or_create("c", "lead/2")
    assert (await vault.aliases.resolve("c", [PHONE])).created is False  # by the pepper
    reference = await vault.credentials.instance_for("evolution", "name")
    assert reference is not None
    assert reference.secrets == ("s",)
    assert await vault.daykeys.open("2026-11-25")
    assert (await vault.files.content("c", LOGO.id))[1] == b"GIF89a"
    assert len(await vault.links.key()) == 32
    assert len(await vault.signing.live()) == 1
    assert [each.mail.address for each in await vault.mails.due(10)] == ["u@example.org"]
    assert await vault.logins.check_second(USER, "000000") in {True, False}  # opens the secret to know


async def test_every_column_of_bytes_is_accounted_for_and_every_wrapped_one_is_guarded(own_dsn: str) -> None:
    async with await psycopg.AsyncConnection.connect(own_dsn) as connection:
        await check_columns(connection)
        guarded = await (await connection.execute(BESIDE)).fetchall()
        assert sorted(guarded) == sorted((each.table, each.by) for each in WRAPPED)
        # The control: a later migration brings a table, and somebody forgets to say what is in it.
        await connection.execute("create table later (id text primary key, wrapped bytea)")
        with pytest.raises(Corrupt, match=r"later\.wrapped"):
            await check_columns(connection)


async def test_nothing_is_wrapped_anew_while_a_column_is_unknown(own_dsn: str) -> None:
    async with open_vault(own_dsn, BEFORE) as vault:
        await everything(vault)
    async with await psycopg.AsyncConnection.connect(own_dsn, autocommit=True) as connection:
        await connection.execute("alter table alias add column later bytea")
    async with open_vault(own_dsn, BOTH) as vault:
        with pytest.raises(Corrupt, match="column_unknown"):
            await vault.rewrap.run()
        assert (await vault.rewrap.left()).keys() == COLUMNS


async def test_after_it_the_old_key_may_go_and_everything_opens_also_from_a_backup(
    own_dsn: str, postgres: Postgres, tmp_path: Path
) -> None:
    async with open_vault(own_dsn, BEFORE) as vault:
        sealed = await everything(vault)
    assert await prefixes(own_dsn) == {column: {b"\x02k1"} for column in COLUMNS}
    with pytest.raises(Misconfigured, match="kek_missing"):
        async with open_vault(own_dsn, AFTER):
            pass
    async with open_vault(own_dsn, BOTH) as vault:
        assert (await vault.rewrap.left()).keys() == COLUMNS
        done = await vault.rewrap.run()
        assert done.keys() == COLUMNS
        assert all(done.values()), "nothing was there to be wrapped anew"
        assert await vault.rewrap.left() == {}
        assert not any((await vault.rewrap.run()).values())
    assert await prefixes(own_dsn) == {column: {b"\x02k2"} for column in COLUMNS}
    path, empty = tmp_path / "vault.backup", postgres.fresh_database()
    rows = await backup(own_dsn, path, AFTER)
    async with open_vault(own_dsn, AFTER) as vault:
        await opens_all(vault, sealed)
    with pytest.raises(Misconfigured, match="kek_missing"):
        await restore(path, empty, BEFORE)
    assert await restore(path, empty, AFTER) == rows
    async with open_vault(empty, AFTER, behind=True) as vault:
        assert (await vault.logins.find(USER)) is not None
        await vault.erasure.caught_up()
    async with open_vault(empty, AFTER) as vault:
        key = await vault.keys.get_or_create("c", "lead/1")
        assert SubjectOpener(key, "c", "lead/1").text("message.text", sealed) == "Olá"
        assert await vault.rewrap.left() == {}


async def test_a_key_that_anything_is_wrapped_by_does_not_go(own_dsn: str) -> None:
    """One forgotten row is enough, in whichever column."""
    async with open_vault(own_dsn, BEFORE) as vault:
        await everything(vault)
    async with open_vault(own_dsn, BOTH) as vault:
        await vault.rewrap.run()
        for each in WRAPPED:
            async with open_pool(own_dsn) as pool, pool.connection() as connection:
                key = ", ".join(each.key)
                query = f"select {each.column}, {key} from {each.table} where {each.column} is not null limit 1"
                row = await (await connection.execute(query.encode())).fetchone()
                assert row is not None
                place = each.place(*row[1:])
                old = BEFORE.wrap(BOTH.unwrap(row[0], place), place)
                put = f"update {each.table} set {each.column} = %s where {each.column} = %s".encode()
                await connection.execute(put, (old, row[0]))
                with pytest.raises(Misconfigured, match="kek_missing"):
                    async with open_vault(own_dsn, AFTER):
                        pass
                await connection.execute(put, (row[0], old))
    async with open_vault(own_dsn, AFTER):
        pass  # the control


async def test_who_still_wraps_by_a_key_that_is_gone_is_stopped_not_believed(own_dsn: str) -> None:
    """A process of before, that nobody has started anew."""
    async with open_vault(own_dsn, BEFORE) as late:
        await late.keys.get_or_create("c", "lead/1")
        async with open_vault(own_dsn, BOTH) as vault:
            await vault.rewrap.run()
        await late.keys.get_or_create("c", "lead/2")  # the control: until it goes, it may
        async with open_vault(own_dsn, BOTH) as vault:
            assert await vault.rewrap.left() == {"subject_key.wrapped": 1}
            await vault.rewrap.run()
        async with open_vault(own_dsn, AFTER):
            pass
        with pytest.raises(Misconfigured, match="kek_retired"):
            await late.keys.get_or_create("c", "lead/3")
        async with open_vault(own_dsn, AFTER) as vault:
            assert (await vault.keys.open_many("c", ["lead/3"])) == {"lead/3": None}


async def test_a_key_destroyed_while_its_row_is_wrapped_anew_stays_destroyed(own_dsn: str) -> None:
    subjects = [f"lead/{n}" for n in range(300)]
    async with open_vault(own_dsn, BEFORE) as vault:
        for subject in subjects:
            await vault.keys.get_or_create("c", subject)
        await vault.daykeys.get_or_create(date(2026, 1, 1))
    async with open_vault(own_dsn, BOTH) as vault:
        async with asyncio.TaskGroup() as both:
            both.create_task(vault.rewrap.run(batch=20))
            for subject in reversed(subjects):
                both.create_task(vault.keys.destroy("c", subject, "lead_request"))
            both.create_task(vault.daykeys.destroy_before(date(2026, 1, 2)))
        opened = await vault.keys.open_many("c", subjects)
        assert not any(isinstance(each, bytes) for each in opened.values())
        assert not await vault.daykeys.opens_until(date(2026, 1, 2))


async def test_readers_and_writers_go_on_meanwhile(own_dsn: str) -> None:
    async with open_vault(own_dsn, BEFORE) as vault:
        kept = {f"lead/{n}": await vault.keys.get_or_create("c", f"lead/{n}") for n in range(200)}
    stop = asyncio.Event()

    async def work(process: Vault, name: str) -> int:
        done = 0
        while not stop.is_set():
            assert await process.keys.open_many("c", kept) == kept
            await process.keys.get_or_create(name, f"lead/{done}")
            done += 1
        return done

    first_two = KeyEncryptionKeys.from_settings({"k1": OLD, "k2": NEW}, "k1")  # knows the new one, wraps by the old
    async with open_vault(own_dsn, first_two) as one, open_vault(own_dsn, BOTH) as two:
        working = [asyncio.create_task(work(one, "old")), asyncio.create_task(work(two, "new"))]
        while (await two.keys.open_many("old", ["lead/3"]))["lead/3"] is None:
            await asyncio.sleep(0)
        done = await two.rewrap.run(batch=10)
        stop.set()
        assert min(await asyncio.gather(*working)) > 3
        assert done["subject_key.wrapped"] >= 200
        await two.rewrap.run()
    async with open_vault(own_dsn, AFTER) as vault:
        assert await vault.keys.open_many("c", kept) == kept


async def test_killed_anywhere_it_goes_on_where_it_was(own_dsn: str) -> None:
    async with open_vault(own_dsn, BEFORE) as vault:
        kept = {f"lead/{n:04}": await vault.keys.get_or_create("c", f"lead/{n:04}") for n in range(400)}
        await everything(vault)
    total = 400 + 1 + len(WRAPPED) - 1
    given = orjson.dumps({"dsn": own_dsn, "keys": {"k2": NEW, "k1": OLD}, "current": "k2"})
    command = [sys.executable, "-m", "tests.vault.rewrapping"]
    seen = []
    async with open_vault(own_dsn, BOTH) as vault:
        for share in (0.1, 0.3, 0.6, 0.9):
            process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=asyncio.subprocess.PIPE)
            assert process.stdin is not None
            process.stdin.write(given)
            process.stdin.close()
            while sum((await vault.rewrap.left()).values()) > total * (1 - share):
                assert process.returncode is None, "it was done before it was killed"
            process.kill()
            await process.wait()
            seen.append(sum((await vault.rewrap.left()).values()))
            assert await vault.keys.open_many("c", kept) == kept
        assert seen == sorted(seen, reverse=True)
        assert 0 < seen[-1] < seen[0] < total
        assert sum((await vault.rewrap.run()).values()) == seen[-1]
    async with open_vault(own_dsn, AFTER) as vault:
        assert await vault.keys.open_many("c", kept) == kept


async def test_a_row_that_does_not_open_stops_it_and_is_left_as_it_is(own_dsn: str) -> None:
    async with open_vault(own_dsn, BEFORE) as vault:
        await vault.keys.get_or_create("c", "lead/1")
    async with await psycopg.AsyncConnection.connect(own_dsn, autocommit=True) as connection:
        await connection.execute("update subject_key set subject = 'lead/another'")
    async with open_vault(own_dsn, BOTH) as vault:
        with pytest.raises(SealBroken):
            await vault.rewrap.run()
        assert await vault.rewrap.left() == {"subject_key.wrapped": 1}


async def test_a_server_that_is_away_is_unavailable(own_dsn: str) -> None:
    async with open_pool(own_dsn) as pool:
        pass
    with pytest.raises(Unavailable):
        await Rewrap(pool, BOTH).run()
