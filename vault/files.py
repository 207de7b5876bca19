"""Files of a company: what its people uploaded, and what is a lead's; each sealed with a key of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from psycopg import AsyncConnection
from psycopg.rows import TupleRow, class_row

from domain.kernel.errors import NotFound, Refused
from domain.kernel.ids import lead_journey
from vault.accounts.outbox import Put, put_out
from vault.cipher import decrypt, encrypt, new_key
from vault.framing import framed
from vault.kek import KeyEncryptionKeys
from vault.keys import SubjectErased
from vault.pool import Pool

MOST: Final = 500
"""That people of one company uploaded: with 1 MiB each half a gigabyte, which a backup still takes along in seconds."""

COLUMNS: Final = "id, company, name, media_type, size, encode(sha256, 'hex') as sha256, made_by, made_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """id: a UUID. made_by: kind:id of who uploads it."""

    id: str
    company: str
    name: str
    media_type: str
    made_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class File(NewFile):
    """size: bytes. sha256: hex, of the content."""

    size: int
    sha256: str
    made_at: datetime


class Files:
    """Whatever people change takes the command that tells the log of it, and puts it out in one transaction with the
    change. Another company's file is none, and a lead's is none of the company's."""

    def __init__(self, pool: Pool, kek: KeyEncryptionKeys) -> None:
        self._pool = pool
        self._kek = kek

    async def add(self, new: NewFile, content: bytes, *, put: Put) -> File:
        """The same again is the same file. Raises Refused `file_differs` for another one of this id,
        `too_many_files`."""
        digest = sha256(content)
        async with self._pool.transaction() as connection:
            await connection.execute("select pg_advisory_xact_lock(hashtextextended('file ' || %s, 0))", (new.company,))
            kept = await _find(connection, new.company, new.id)
            if kept is not None:
                if (kept.name, kept.media_type, kept.sha256) != (new.name, new.media_type, digest.hexdigest()):
                    raise Refused("file_differs", "the call that it repeats brought another file")
                return kept
            cursor = await connection.execute(
                "select count(*) from file where company = %s and lead is null", (new.company,)
            )
            if (await cursor.fetchone() or (0,))[0] >= MOST:
                raise Refused("too_many_files", f"a company has {MOST} files at most: delete those that nobody uses")
            made = await self._insert(connection, new, content)
            await put_out(connection, *put)
            return made

    async def keep(self, new: NewFile, content: bytes, *, lead: str) -> File:
        """A lead's, by a machine: whose the log tells of. The same again is the same file. Raises SubjectErased,
        Refused `file_differs`."""
        async with self._pool.transaction() as connection:
            # An erasure waits for this, or this sees it: no file comes back after it.
            cursor = await connection.execute(
                "select wrapped is null from subject_key where company = %s and subject = %s for share",
                (new.company, lead_journey(lead)),
            )
            if await cursor.fetchone() != (False,):
                raise SubjectErased
            cursor = await connection.execute(
                "select encode(sha256, 'hex') from file where company = %s and lead = %s and id = %s",
                (new.company, lead, new.id),
            )
            kept = await cursor.fetchone()
            if kept is None:
                return await self._insert(connection, new, content, lead)
            if kept[0] != sha256(content).hexdigest():
                raise Refused("file_differs", "another file is kept under this id")
            return await _of_lead(connection, new.company, lead, new.id)

    async def of_lead(self, company: str, lead: str, id_: str) -> File:
        """Raises NotFound `file_not_found`."""
        async with self._pool.connection() as connection:
            return await _of_lead(connection, company, lead, id_)

    async def kept_of_lead(self, company: str, lead: str) -> tuple[str, ...]:
        """Ids of all that is a lead's."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "select id from file where company = %s and lead = %s order by id", (company, lead)
            )
            return tuple(id_ for (id_,) in await cursor.fetchall())

    async def _insert(
        self, connection: AsyncConnection[TupleRow], new: NewFile, content: bytes, lead: str | None = None
    ) -> File:
        key = new_key()
        sealed = encrypt(key, content, _content_place(new.company, new.id))
        inserting = connection.cursor(row_factory=class_row(File))
        await inserting.execute(
            "insert into file (id, company, lead, name, media_type, size, sha256, made_by, wrapped, sealed)"  # noqa: S608
            f" values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) returning {COLUMNS}",
            (new.id, new.company, lead, new.name, new.media_type, len(content), sha256(content).digest(), new.made_by,
             self._kek.wrap(key, place(new.id)), sealed),
        )  # fmt: skip
        made = await inserting.fetchone()
        assert made is not None
        return made

    async def get(self, company: str, id_: str) -> File:
        """Raises NotFound `file_not_found`."""
        async with self._pool.connection() as connection:
            found = await _find(connection, company, id_)
        if found is None:
            raise _gone()
        return found

    async def content(self, company: str, id_: str) -> tuple[File, bytes]:
        """Also a lead's: whoever has a link was given it. Raises NotFound `file_not_found`, SealBroken."""
        async with self._pool.connection() as connection:
            found = await _find(connection, company, id_, anybodys=True)
            cursor = await connection.execute("select wrapped, sealed from file where id = %s", (id_,))
            row = await cursor.fetchone()
        if found is None or row is None:
            raise _gone()
        wrapped, sealed = row
        return found, decrypt(self._kek.unwrap(wrapped, place(id_)), sealed, _content_place(company, id_))

    async def page(self, company: str, *, limit: int, before: tuple[datetime, str] | None = None) -> tuple[File, ...]:
        """The newest first. before: (made_at, id) of the last one that was seen."""
        beyond, values = ("", ()) if before is None else (" and (made_at, id) < (%s, %s)", before)
        async with self._pool.connection() as connection:
            cursor = connection.cursor(row_factory=class_row(File))
            await cursor.execute(
                f"select {COLUMNS} from file where company = %s and lead is null{beyond}"  # noqa: S608  ours
                " order by made_at desc, id desc limit %s",
                (company, *values, limit),
            )
            return tuple(await cursor.fetchall())

    async def delete(self, company: str, id_: str, *, put: Put) -> None:
        """With its key. Raises NotFound `file_not_found`."""
        async with self._pool.transaction() as connection:
            cursor = await connection.execute(
                "delete from file where company = %s and id = %s and lead is null", (company, id_)
            )
            if cursor.rowcount == 0:
                raise _gone()
            await put_out(connection, *put)


async def _find(
    connection: AsyncConnection[TupleRow], company: str, id_: str, *, anybodys: bool = False
) -> File | None:
    cursor = connection.cursor(row_factory=class_row(File))
    of = "" if anybodys else " and lead is null"
    await cursor.execute(f"select {COLUMNS} from file where company = %s and id = %s{of}", (company, id_))  # noqa: S608
    return await cursor.fetchone()


async def _of_lead(connection: AsyncConnection[TupleRow], company: str, lead: str, id_: str) -> File:
    cursor = connection.cursor(row_factory=class_row(File))
    await cursor.execute(
        f"select {COLUMNS} from file where company = %s and lead = %s and id = %s",  # noqa: S608
        (company, lead, id_),
    )
    found = await cursor.fetchone()
    if found is None:
        raise _gone()
    return found


def _gone() -> NotFound:
    return NotFound("file_not_found")


def place(id_: str) -> bytes:
    """Of a row: what is wrapped there opens nowhere else."""
    return framed("file", id_)


def _content_place(company: str, id_: str) -> bytes:
    return framed("file_content", company, id_)
