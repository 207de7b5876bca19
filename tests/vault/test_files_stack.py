"""Files of a company: sealed at rest, nobody else's, told with the change, gone when they are deleted."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

import psycopg
import pytest

from domain.kernel.errors import LegionError, NotFound, Refused
from vault import files
from vault.accounts.outbox import Put
from vault.cipher import SealBroken
from vault.db import Vault
from vault.files import File, NewFile

pytestmark = pytest.mark.stack

CONTENT = b"GIF89a " + b"of nobody's business " * 40_000


def new(company: str, **more: str) -> NewFile:
    values = {"id": str(uuid4()), "name": "logo.gif", "media_type": "image/gif", "made_by": "user:u"}
    return NewFile(company=company, **(values | more))


def told() -> Put:
    return Put(str(uuid4()), b"encoded")


async def waiting(vault: Vault) -> set[str]:
    return {each.command_id for each in await vault.outbox.waiting(older_than=timedelta(0), limit=1000)}


async def add(vault: Vault, company: str, content: bytes = CONTENT, **more: str) -> File:
    return await vault.files.add(new(company, **more), content, put=told())


async def test_a_file_comes_back_whole_and_lies_sealed(vault: Vault, vault_dsn: str, company: str) -> None:
    made = await add(vault, company)
    assert (made.size, made.sha256) == (len(CONTENT), sha256(CONTENT).hexdigest())
    assert await vault.files.get(company, made.id) == made
    assert await vault.files.content(company, made.id) == (made, CONTENT)
    with psycopg.connect(vault_dsn) as connection:
        row = connection.execute("select f::text, sealed from file f where id = %s", (made.id,)).fetchone()
    assert row is not None
    assert b"nobody's business" not in row[1]
    assert "nobody" not in row[0]


async def test_another_companys_file_is_none(vault: Vault, company: str) -> None:
    made, stranger = await add(vault, company), str(uuid4())
    for of, id_ in ((stranger, made.id), (company, str(uuid4()))):
        for call in (
            vault.files.get(of, id_),
            vault.files.content(of, id_),
            vault.files.delete(of, id_, put=told()),
        ):
            with pytest.raises(NotFound) as caught:
                await call
            assert str(caught.value) == "file_not_found"
    assert await vault.files.page(stranger, limit=10) == ()
    assert await vault.files.content(company, made.id) == (made, CONTENT)


async def test_a_row_that_was_given_to_another_company_does_not_open(
    vault: Vault, vault_dsn: str, company: str
) -> None:
    """By who writes to the database past our code."""
    made, other = await add(vault, company), await add(vault, company, b"%PDF-1.7")
    for change, id_, of in (
        ("update file set company = 'thief' where id = %(id)s", made.id, "thief"),
        (
            "update file set sealed = (select sealed from file where id = %(id)s) where id = %(other)s",
            other.id,
            company,
        ),
    ):
        with psycopg.connect(vault_dsn) as connection:
            connection.execute(change.encode(), {"id": made.id, "other": other.id})
        with pytest.raises(SealBroken):
            await vault.files.content(of, id_)


async def test_what_changes_is_told_in_the_same_transaction(vault: Vault, company: str) -> None:
    file, added, removed, vain = new(company), told(), told(), told()
    await vault.files.add(file, CONTENT, put=added)
    await vault.files.add(file, CONTENT, put=vain)  # the same call again
    assert await waiting(vault) & {added.command_id, vain.command_id} == {added.command_id}
    await vault.files.delete(company, file.id, put=removed)
    with pytest.raises(NotFound):
        await vault.files.delete(company, file.id, put=vain)
    assert await waiting(vault) & {removed.command_id, vain.command_id} == {removed.command_id}


async def test_what_cannot_be_told_is_not_done(vault: Vault, company: str) -> None:
    """The control: the outbox refuses, and the change with it."""
    kept, refused = await add(vault, company), Put("no value", None)  # type: ignore[arg-type]
    with pytest.raises(psycopg.errors.NotNullViolation):
        await vault.files.add(new(company), CONTENT, put=refused)
    with pytest.raises(psycopg.errors.NotNullViolation):
        await vault.files.delete(company, kept.id, put=refused)
    assert await vault.files.page(company, limit=10) == (kept,)


async def test_the_same_call_twice_at_once_is_one_file_and_another_one_is_refused(vault: Vault, company: str) -> None:
    file = new(company)
    made = await asyncio.gather(*(vault.files.add(file, CONTENT, put=told()) for _ in range(5)))
    assert len(set(made)) == 1
    for name, media_type, content in (
        ("other.gif", file.media_type, CONTENT),
        (file.name, "text/plain", CONTENT),
        (file.name, file.media_type, CONTENT + b"!"),
    ):
        with pytest.raises(Refused) as caught:
            await add(vault, company, content, id=file.id, name=name, media_type=media_type)
        assert caught.value.code == "file_differs"
    assert await vault.files.content(company, file.id) == (made[0], CONTENT)


async def test_a_company_has_so_many_files_and_no_more(
    vault: Vault, company: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MOST", 3)
    tried = await asyncio.gather(*(add(vault, company) for _ in range(6)), return_exceptions=True)
    made = [each for each in tried if isinstance(each, File)]
    refused = [each.code for each in tried if isinstance(each, LegionError)]
    assert (len(made), refused) == (3, ["too_many_files"] * 3)
    await add(vault, str(uuid4()))  # another company has its own
    await vault.files.delete(company, made[0].id, put=told())
    await add(vault, company)


async def test_pages_are_the_newest_first_and_follow_each_other(vault: Vault, company: str) -> None:
    made = [await add(vault, company) for _ in range(5)]
    seen: list[File] = []
    while True:
        last = (seen[-1].made_at, seen[-1].id) if seen else None
        page = await vault.files.page(company, limit=2, before=last)
        if not page:
            break
        seen += page
        await add(vault, company, name="later.gif")  # what comes meanwhile is before the first page
    assert seen == made[::-1]
