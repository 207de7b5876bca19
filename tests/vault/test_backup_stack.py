from __future__ import annotations

import asyncio
import stat
from datetime import date, timedelta
from pathlib import Path

import psycopg
import pytest
from pyotp import TOTP

from domain.kernel.errors import LegionError, Misconfigured, Refused
from proof.servers import Postgres
from tests.vault.accounts.machines import new_key_of
from vault.accounts.counts import FailureKey, ReadKey
from vault.accounts.logins import set_password
from vault.accounts.mails import MailKind
from vault.accounts.one_time import Purpose
from vault.accounts.outbox import Put
from vault.accounts.throttle import attempt_of
from vault.archive import ArchiveBroken
from vault.backup import PART, backup, restore
from vault.cipher import new_key
from vault.codec import SubjectOpener, SubjectSealer
from vault.credentials import Credential
from vault.db import Vault, open_vault
from vault.files import NewFile
from vault.kek import KeyEncryptionKeys
from vault.keys import SubjectErased
from vault.migrate import applied, migrate, migrations

USER = "a user"
pytestmark = pytest.mark.stack

DAY = date(2026, 11, 25)
PHONE = ("phone", "+5511987654321")
LOGO = NewFile(id="f", company="c", name="logo.gif", media_type="image/gif", made_by="user:u")


async def fill(vault: Vault) -> tuple[bytes, str, str]:
    """Something in every part. Returns (sealed text of lead/1, lead of PHONE, digest of a body of three parts)."""
    key = await vault.keys.get_or_create("c", "lead/1")
    await vault.keys.destroy("c", "lead/2", "lead_request")
    lead = (await vault.aliases.resolve("c", [PHONE])).lead
    await vault.erasure.begin("c", (await vault.aliases.resolve("c", [("lid", "1")])).lead, ends=[3])
    await vault.credentials.put("c", "evolution", "i", Credential({"api_key": "k"}, ("s",)))
    await vault.credentials.name_instance("evolution", "name", "c", "i")
    await vault.tokens.ensure_bootstrap()
    await vault.generations.flip(await vault.generations.begin(), None)
    async with vault.logins._pool.transaction() as connection:
        await set_password(connection, USER, "$hash$")
    totp = TOTP((await vault.logins.offer_totp(USER, "u")).secret)
    await vault.logins.take_totp(USER, totp.now())
    await vault.recovery.mail(MailKind.LOCKED, USER, address="u@example.org", locale="en")
    await vault.sessions.begin(USER, "c", address="a", agent="b")
    await vault.throttle.attempt(attempt_of(bytes(32), "u", "192.0.2.1"))
    await vault.links.token("invitation")
    await vault.links.accept("invitation", USER, None, "another", b"encoded")
    await vault.denials.disable(USER, command_id="c", journey="holding", command=b"encoded")
    await vault.signing.live()
    await vault.api_keys.make(new_key_of("c"), call="k", put=Put("k", b"encoded"))
    await vault.counts.add_failures({FailureKey("c", "login_failed", "a", "n"): 1})
    await vault.counts.add_reads({ReadKey("c", "user", USER, "lead", "l"): 1})
    await vault.files.add(LOGO, b"GIF89a", put=Put("a file", b"encoded"))
    digest = await vault.bodies.put(bytes(3 * PART), DAY)
    return SubjectSealer(key, "c", "lead/1").text("message.text", "Olá"), lead, digest


async def test_a_restored_vault_opens_what_was_sealed_before(
    own_vault: Vault, own_dsn: str, postgres: Postgres, kek: KeyEncryptionKeys, tmp_path: Path
) -> None:
    sealed, lead, digest = await fill(own_vault)
    path = tmp_path / "vault.backup"
    rows = await backup(own_dsn, path, kek)
    assert set(rows) == {
        "alias", "api_key", "api_key_secret", "body", "company_pepper", "credential", "day_key", "denial", "erasure",
        "failure_count", "file", "generation", "instance_name", "key_encryption_key", "link_key", "login",
        "login_attempt", "mail", "one_time_token", "outbox", "read_count", "recovery_code", "refresh_token",
        "session", "signing_key", "subject_key", "token", "used_invitation",
    }  # fmt: skip
    assert all(rows.values())
    empty = postgres.fresh_database()
    assert await restore(path, empty, kek) == rows
    with pytest.raises(Misconfigured, match="vault_behind_log"):
        async with open_vault(empty, kek):
            pass
    async with open_vault(empty, kek, behind=True) as restored:
        await restored.erasure.caught_up()
    async with open_vault(empty, kek) as restored:
        key = await restored.keys.get_or_create("c", "lead/1")
        assert SubjectOpener(key, "c", "lead/1").text("message.text", sealed) == "Olá"
        with pytest.raises(SubjectErased):
            await restored.keys.get_or_create("c", "lead/2")
        found = await restored.aliases.resolve("c", [PHONE])
        assert (found.lead, found.created) == (lead, False)
        assert await restored.bodies.get(digest) == bytes(3 * PART)
        reference = await restored.credentials.instance_for("evolution", "name")
        assert reference is not None
        assert reference.secrets == ("s",)
        assert (await restored.files.content("c", LOGO.id))[1] == b"GIF89a"
        assert await restored.generations.active() == 1
        assert await restored.tokens.ensure_bootstrap() is None


async def test_a_restored_vault_has_nobody_logged_in(
    own_vault: Vault, own_dsn: str, postgres: Postgres, kek: KeyEncryptionKeys, tmp_path: Path
) -> None:
    await fill(own_vault)
    begun = await own_vault.sessions.begin(USER, "c", address="a", agent="b")
    await own_vault.recovery.mail(MailKind.NEW_PASSWORD, USER, address="u@example.org", locale="en")
    mailed = [each.mail.token for each in await own_vault.mails.due(10)]
    link = await own_vault.links.token("invitation")
    machine = await own_vault.api_keys.make(new_key_of("c"), call="m", put=Put("m", b"encoded"))
    path, empty = tmp_path / "vault.backup", postgres.fresh_database()
    await backup(own_dsn, path, kek)
    await own_vault.erasure.caught_up()
    assert await own_vault.sessions.live(begun.session.id) is not None  # the control: only of a restored one
    good = await own_vault.api_keys.find(machine.text)
    assert good is not None
    assert good.state == "good"
    await restore(path, empty, kek)
    async with open_vault(empty, kek, behind=True) as restored:
        await restored.erasure.caught_up()
        assert await restored.sessions.refresh(begun.refresh_token) is None
        shown = await restored.api_keys.find(machine.text)
        assert shown is not None
        assert shown.state == "replaced"
        rotated = await restored.api_keys.rotate(
            shown.key, overlap=timedelta(0), expires_at=None, call="r", put=Put("r", b"encoded")
        )
        again = await restored.api_keys.find(rotated.text)
        assert again is not None
        assert again.state == "good"
        assert [await restored.one_time.whose(Purpose.RESET, token) for token in mailed] == [None, None]
        assert await restored.links.token("invitation") == link
        login = await restored.logins.find(USER)
        assert login is not None
        assert login.has_totp


async def test_the_file_is_for_its_owner_only_and_tells_nothing(
    own_vault: Vault, own_dsn: str, kek: KeyEncryptionKeys, tmp_path: Path
) -> None:
    await fill(own_vault)
    path = tmp_path / "vault.backup"
    await backup(own_dsn, path, kek)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not path.with_name(path.name + ".partial").exists()
    content = path.read_bytes()
    for telling in (b"lead/1", b"evolution", b"subject_key", b"PGCOPY", b"ustar"):
        assert telling not in content


async def test_a_vault_that_holds_anything_is_not_restored_over(
    own_vault: Vault, own_dsn: str, kek: KeyEncryptionKeys, tmp_path: Path, postgres: Postgres
) -> None:
    path = tmp_path / "vault.backup"
    await backup(own_dsn, path, kek)
    with pytest.raises(Refused) as caught:
        await restore(path, own_dsn, kek)
    assert caught.value.code == "vault_not_empty"
    migrated = postgres.fresh_database()
    await migrate(migrated)
    await restore(path, migrated, kek)  # migrated and empty is empty


async def test_a_changed_or_cut_file_restores_nothing(
    own_vault: Vault, own_dsn: str, postgres: Postgres, kek: KeyEncryptionKeys, tmp_path: Path
) -> None:
    await fill(own_vault)
    path = tmp_path / "vault.backup"
    await backup(own_dsn, path, kek)
    whole = path.read_bytes()
    empty = postgres.fresh_database()
    flipped = bytearray(whole)
    flipped[len(whole) - 100] ^= 1
    for broken in (bytes(flipped), whole[:-1], whole[:-20], whole + b"x", b""):
        path.write_bytes(broken)
        with pytest.raises(ArchiveBroken):
            await restore(path, empty, kek)
    path.write_bytes(whole)
    assert sum((await restore(path, empty, kek)).values()) > 0


async def test_the_key_encryption_key_is_not_in_the_file(
    own_dsn: str, postgres: Postgres, kek: KeyEncryptionKeys, tmp_path: Path
) -> None:
    path = tmp_path / "vault.backup"
    await backup(own_dsn, path, kek)
    for other, code in (
        (KeyEncryptionKeys({"k1": new_key()}, "k1"), "seal_broken"),
        (KeyEncryptionKeys({"k9": new_key()}, "k9"), "kek_missing"),
    ):
        with pytest.raises(LegionError) as caught:
            await restore(path, postgres.fresh_database(), other)
        assert caught.value.code == code


async def test_a_backup_shows_one_moment_while_the_vault_goes_on(
    own_vault: Vault, own_dsn: str, postgres: Postgres, kek: KeyEncryptionKeys, tmp_path: Path
) -> None:
    """At any moment at most one company has its pepper and not yet its alias. Between the copies of the two tables
    lies the one of the bodies, long enough for many companies: without one snapshot they would be told apart.
    """
    for n in range(4):
        await own_vault.bodies.put(bytes([n]) * 3 * PART, DAY)
    stop = asyncio.Event()

    async def go_on() -> int:
        n = 0
        while not stop.is_set():
            await own_vault.aliases.resolve(f"company {n}", [PHONE])
            n += 1
        return n

    writing = asyncio.create_task(go_on())
    try:
        rows = await backup(own_dsn, tmp_path / "vault.backup", kek)
    finally:
        stop.set()
    assert rows["alias"] <= rows["company_pepper"] <= rows["alias"] + 1
    assert await writing > rows["alias"] + 1, "the vault went on meanwhile"
    assert await restore(tmp_path / "vault.backup", postgres.fresh_database(), kek) == rows


async def test_a_backup_of_an_older_version_is_restored_and_brought_up(
    postgres: Postgres, kek: KeyEncryptionKeys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = migrations()
    old = postgres.fresh_database()
    await migrate(old, known[:2])
    path = tmp_path / "old.backup"
    with pytest.raises(Misconfigured):
        await backup(old, path, kek)
    monkeypatch.setattr("vault.backup.migrations", lambda: known[:2])  # the code as it was then
    await backup(old, path, kek)
    monkeypatch.undo()
    empty = postgres.fresh_database()
    await restore(path, empty, kek)
    async with await psycopg.AsyncConnection.connect(empty) as connection:
        assert len(await applied(connection)) == len(known)


async def test_a_backup_of_a_newer_version_is_refused(
    own_dsn: str, postgres: Postgres, kek: KeyEncryptionKeys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "new.backup"
    await backup(own_dsn, path, kek)
    older = migrations()[:-1]
    monkeypatch.setattr("vault.backup.migrations", lambda: older)
    with pytest.raises(Misconfigured) as caught:
        await restore(path, postgres.fresh_database(), kek)
    assert caught.value.code == "vault_newer_than_code"
