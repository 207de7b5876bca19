"""Brings the vault's database to the code's version. Ordered, checksummed, one runner at a time.

Files are `migrations/NNNN_name.sql`, numbered from 1 without gaps. What ran is never edited: its SHA-256 is compared
at every start.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.resources import files
from typing import Final

import psycopg
import structlog
from psycopg.rows import tuple_row

from domain.kernel.errors import Corrupt, Misconfigured

log = structlog.get_logger()

LOCK: Final = 0x4C656756  # "LegV": the advisory lock that two starting processes meet at
NAME: Final = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")

TABLE: Final = """
create table if not exists schema_migration (
    version    integer primary key,
    name       text not null,
    sha256     text not null,
    applied_at timestamptz not null default now()
)
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file. `sha256` is hex, over its bytes."""

    version: int
    name: str
    sql: str = field(repr=False)
    sha256: str


def parse(sources: Mapping[str, bytes]) -> tuple[Migration, ...]:
    """File name → bytes, as migrations in order. Raises Corrupt for a gap, a double or a strange name."""
    made: list[Migration] = []
    for name, content in sorted(sources.items()):
        match = NAME.fullmatch(name)
        if match is None or int(match[1]) != len(made) + 1:
            raise Corrupt("migrations_out_of_order", f"{name} where number {len(made) + 1} belongs")
        made.append(Migration(int(match[1]), match[2], content.decode(), sha256(content).hexdigest()))
    return tuple(made)


def migrations() -> tuple[Migration, ...]:
    """Those of this code."""
    folder = files("vault") / "migrations"
    return parse({file.name: file.read_bytes() for file in folder.iterdir() if file.name.endswith(".sql")})


def pending(known: Sequence[Migration], applied: Sequence[tuple[int, str]]) -> tuple[Migration, ...]:
    """What is still to run. `applied`: (version, sha256) in order.

    Raises Misconfigured `vault_newer_than_code`, and Corrupt `migration_edited` when an applied file was changed.
    """
    if len(applied) > len(known):
        raise Misconfigured("vault_newer_than_code", f"vault at {len(applied)}, code at {len(known)}")
    for migration, (version, digest) in zip(known, applied, strict=False):
        if (migration.version, migration.sha256) != (version, digest):
            raise Corrupt("migration_edited", f"{migration.version:04}_{migration.name} is not what ran here")
    return tuple(known[len(applied) :])


async def applied(connection: psycopg.AsyncConnection[object]) -> list[tuple[int, str]]:
    """(version, sha256) of what ran in this database, in order; empty for an empty database."""
    async with connection.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute("select to_regclass('schema_migration') is not null")
        row = await cursor.fetchone()
        if row is None or not row[0]:
            return []
        await cursor.execute("select version, sha256 from schema_migration order by version")
        return await cursor.fetchall()


async def migrate(dsn: str, known: Sequence[Migration] | None = None) -> int:
    """Runs what is pending, each in a transaction of its own, under an advisory lock. Returns the version reached.

    Idempotent. `known`: other migrations than the code's (a restore stops at its archive's version).
    """
    known = migrations() if known is None else known
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        await connection.execute("select pg_advisory_lock(%s)", (LOCK,))
        await connection.execute("set client_min_messages = warning")  # "already exists, skipping" says nothing
        await connection.execute(TABLE)
        for migration in pending(known, await applied(connection)):
            async with connection.transaction():
                # bytes: the file is the statement, nothing in it comes from outside
                await connection.execute(migration.sql.encode())
                await connection.execute(
                    "insert into schema_migration (version, name, sha256) values (%s, %s, %s)",
                    (migration.version, migration.name, migration.sha256),
                )
            log.info("vault.migrated", version=migration.version, name=migration.name)
    return len(known)
