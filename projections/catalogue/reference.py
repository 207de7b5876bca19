"""What the code makes: the facts of a database that was made by it just now, and dropped again.

So nothing is written down twice: a policy, a grant or a view that the code gets is expected from then on.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

import psycopg
from psycopg import conninfo, sql

from projections.catalogue.facts import Fact, facts_of, renamed
from projections.engine.table import SCHEMA
from projections.generation import fill_database, open_database
from projections.names import company_login, company_schema
from projections.pool import Connection, unavailable_when_away
from projections.provision import provision_company
from projections.tables.holding import Companies

SCRATCH: Final = "legion_reference_"
"""Prefix of the database's name: never a generation's."""


@dataclass(frozen=True, slots=True)
class Reference:
    """shared: beside companies. company: of one company's schema `schema`; `login`: what its login has of that, which
    not every company has."""

    shared: frozenset[Fact]
    schema: str
    company: frozenset[Fact]
    login: frozenset[Fact]


async def reference(admin_dsn: str) -> Reference:
    """admin_dsn: may create databases; the roles are there. Takes a second or two. Raises Unavailable."""
    company = str(uuid4())
    schema = company_schema(company)
    with unavailable_when_away():
        async with _scratch(admin_dsn) as conn:
            shared = await facts_of(conn)
            await _a_company(conn, company)
            # A role is the server's: it is gone with the transaction that nobody else has seen it in.
            await conn.execute(sql.SQL("create role {}").format(sql.Identifier(company_login(company))))
            await provision_company(conn, company)
            made = renamed(await facts_of(conn), schema, schema)
    login = frozenset(fact for fact in made if fact.what.startswith(f"{company_login(company)} "))
    return Reference(shared, schema, made - login, login)


async def _a_company(conn: Connection, company: str) -> None:
    """A row with its key and nothing else: whatever columns the table has."""
    rest = (column.name for column in Companies.COLUMNS if column.name not in Companies.primary_key())
    table = f"{SCHEMA}.{Companies.NAME}"
    loose = ", ".join(f'alter "{name}" drop not null' for name in rest)
    await conn.execute(f"alter table {table} {loose}".encode())
    row = f"insert into {table} (company_id, id) values (%s, %s)"  # noqa: S608 - our names
    await conn.execute(row.encode(), (company, company))


@asynccontextmanager
async def _scratch(admin_dsn: str) -> AsyncIterator[Connection]:
    """In a transaction that is rolled back."""
    name = f"{SCRATCH}{uuid4().hex[:12]}"
    async with await psycopg.AsyncConnection.connect(admin_dsn, autocommit=True) as admin:
        await admin.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        try:
            await open_database(admin, name)
            async with await psycopg.AsyncConnection.connect(conninfo.make_conninfo(admin_dsn, dbname=name)) as conn:
                await fill_database(conn)
                yield conn
                await conn.rollback()
        finally:
            await admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
