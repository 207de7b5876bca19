"""Backup and restore of the whole vault: one consistent, encrypted file (`vault.archive`) that holds a tar.

    migrations.json                    [[version, sha256], …] of the database that was backed up
    <table>/<column>,<column>,…/NNNN   PostgreSQL's binary COPY of the table, in parts of about 4 MiB
    manifest.json                      {table: {"rows": n, "sha256": hex over the joined parts}}

COPY instead of pg_dump: no program of the server's version has to be there, and nothing is ever written in the clear.
A restored vault lacks what happened since. Nobody opens it (`vault.db`) before it has learnt that from the log: else
the key of somebody who was erased after the backup would be back.
"""

from __future__ import annotations

import asyncio
import io
import os
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import IO, Any, Final, Literal, cast

import orjson
import psycopg
from psycopg import sql

from domain.kernel.errors import Misconfigured, Refused
from vault.archive import ArchiveBroken, ArchiveReader, ArchiveWriter
from vault.kek import KeyEncryptionKeys
from vault.migrate import applied, migrate, migrations, pending

PART: Final = 4 << 20
"""Bytes of a table held in memory at a time."""

MIGRATIONS: Final = "migrations.json"
MANIFEST: Final = "manifest.json"

TABLES: Final = """
select c.table_name, array_agg(c.column_name::text order by c.ordinal_position)
from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
where table_schema = current_schema() and t.table_type = 'BASE TABLE'
    and table_name not in ('schema_migration', 'restored') and c.is_generated = 'NEVER'
    and (select relpersistence from pg_class where oid = format('%I.%I', table_schema, table_name)::regclass) = 'p'
group by 1 order by 1
"""
"""What is unlogged may be lost with any crash: a backup is no better. What is generated comes by itself."""


@dataclass(slots=True)
class TableSum:
    """What the manifest says of a table."""

    rows: int = 0
    digest: Any = field(default_factory=sha256)

    def as_json(self) -> dict[str, object]:
        return {"rows": self.rows, "sha256": self.digest.hexdigest()}


RESTORED: Final = (
    # As in migration 0007: a backup of an older version is filled before that one runs.
    "create table if not exists restored (one boolean primary key default true check (one),"
    " at timestamptz not null default now())",
    "insert into restored default values on conflict do nothing",
)
"""In the transaction of the restore: from its commit on the vault is behind the log, and says so."""


async def backup(dsn: str, path: Path, kek: KeyEncryptionKeys) -> dict[str, int]:
    """Writes `path` (mode 0600; it appears under its name only when whole). Returns rows by table.

    One REPEATABLE READ transaction: the vault goes on meanwhile, the file shows one moment. Raises Misconfigured when
    the database is not at the code's migrations.
    """
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        ran = await applied(connection)
    if pending(migrations(), ran):
        raise Misconfigured("vault_not_migrated")
    return await asyncio.to_thread(_write, dsn, path, kek, ran)


async def restore(path: Path, dsn: str, kek: KeyEncryptionKeys) -> dict[str, int]:
    """Fills an empty database from the file and brings it to the code's version. Returns rows by table. The vault is
    behind the log afterwards (`open_vault` refuses), until `vault.erasure.Erasure.caught_up`.

    All or nothing: checksums are compared before the commit. Raises ArchiveBroken; Refused `vault_not_empty`;
    Misconfigured `kek_missing` when the file's key is not live, `vault_newer_than_code` when the code is too old.
    """
    ran = await asyncio.to_thread(_migrations_of, path, kek)
    known = migrations()
    pending(known, ran)
    await migrate(dsn, known[: len(ran)])
    rows = await asyncio.to_thread(_read, path, dsn, kek)
    await migrate(dsn)
    return rows


def _write(dsn: str, path: Path, kek: KeyEncryptionKeys, ran: list[tuple[int, str]]) -> dict[str, int]:
    partial = path.with_name(path.name + ".partial")
    sums: dict[str, TableSum] = {}
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file, psycopg.connect(dsn) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            archive = ArchiveWriter(file, kek)
            # tarfile asks of a stream only that it has `write` or `read`.
            with tarfile.open(mode="w|", fileobj=cast(IO[bytes], archive), bufsize=tarfile.RECORDSIZE) as tar:
                _add(tar, MIGRATIONS, orjson.dumps(ran))
                for table, columns in connection.execute(TABLES).fetchall():
                    sums[table] = _add_table(tar, connection, table, columns)
                _add(tar, MANIFEST, orjson.dumps({table: made.as_json() for table, made in sums.items()}))
            archive.finish()
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return {table: made.rows for table, made in sums.items()}


def _add_table(tar: tarfile.TarFile, connection: psycopg.Connection[Any], table: str, columns: list[str]) -> TableSum:
    made = TableSum()
    held = bytearray()
    parts = 0

    def add_part() -> None:
        nonlocal parts
        made.digest.update(held)
        _add(tar, f"{table}/{','.join(columns)}/{parts:04}", bytes(held))
        held.clear()
        parts += 1

    with connection.cursor() as cursor:
        with cursor.copy(_copy(table, columns, "to")) as copy:
            for block in copy:
                held += block
                if len(held) >= PART:
                    add_part()
        add_part()
        made.rows = cursor.rowcount
    return made


def _copy(table: str, columns: list[str], direction: Literal["from", "to"]) -> sql.Composed:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    way = sql.SQL("from stdin" if direction == "from" else "to stdout")
    return sql.SQL("copy {} ({}) {} (format binary)").format(sql.Identifier(table), names, way)


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))


def _migrations_of(path: Path, kek: KeyEncryptionKeys) -> list[tuple[int, str]]:
    with path.open("rb") as file:
        name, content = next(_members(ArchiveReader(file, kek)), ("", b""))
    if name != MIGRATIONS:
        raise ArchiveBroken(detail="does not begin with its migrations")
    return [(version, digest) for version, digest in orjson.loads(content)]


def _read(path: Path, dsn: str, kek: KeyEncryptionKeys) -> dict[str, int]:
    sums: dict[str, TableSum] = {}
    manifest: object = None
    with path.open("rb") as file, psycopg.connect(dsn) as connection:
        archive = ArchiveReader(file, kek)
        _require_empty(connection)
        for directory, members in groupby(_members(archive), key=lambda member: member[0].rpartition("/")[0]):
            if directory:
                table, _, columns = directory.partition("/")
                sums[table] = _fill(connection, table, columns.split(","), (content for _, content in members))
                continue
            manifest = {name: orjson.loads(content) for name, content in members}.get(MANIFEST)
        archive.finish()
        for statement in RESTORED:
            connection.execute(statement)
        if manifest != {table: made.as_json() for table, made in sums.items()}:
            raise ArchiveBroken(detail="the tables are not what the manifest says")
    return {table: made.rows for table, made in sums.items()}


def _members(archive: ArchiveReader) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(mode="r|", fileobj=cast(IO[bytes], archive)) as tar:
        for member in tar:
            content = tar.extractfile(member)
            assert content is not None, "every member is a file"
            yield member.name, content.read()


def _require_empty(connection: psycopg.Connection[Any]) -> None:
    """Also keeps everybody else out of the tables until the restore commits."""
    for table, _ in connection.execute(TABLES).fetchall():
        name = sql.Identifier(table)
        connection.execute(sql.SQL("lock table {} in exclusive mode").format(name))
        if connection.execute(sql.SQL("select 1 from {} limit 1").format(name)).fetchone() is not None:
            raise Refused("vault_not_empty", f"{table} has rows: a restore needs an empty database")


def _fill(connection: psycopg.Connection[Any], table: str, columns: list[str], parts: Iterable[bytes]) -> TableSum:
    made = TableSum()
    with connection.cursor() as cursor:
        with cursor.copy(_copy(table, columns, "from")) as copy:
            for part in parts:
                made.digest.update(part)
                copy.write(part)
        made.rows = cursor.rowcount
    return made
