"""A company's own schema: views of its rows, for its own tools (design §5). Made from `_template_base`."""

from __future__ import annotations

from typing import Final

import psycopg
from psycopg import sql

from projections.ddl import TEMPLATE
from projections.generation import set_password
from projections.names import company_login, company_schema
from projections.pool import Connection, unavailable_when_away


async def provision_company(conn: Connection, company_id: str) -> None:
    """Makes or completes the schema `c_<id>` (sql/provision.sql). Idempotent.

    conn: the provisioner's or an admin's, in the generation's database. Raises psycopg's InvalidParameterValue when
    company_id is no UUID, NoDataFound when the generation has no such company.
    """
    await conn.execute(sql.SQL("select {}.provision(%s)").format(sql.Identifier(TEMPLATE)), (company_id,))


MISSING: Final = (
    "select id from core.companies where provisioned and not exists"
    " (select from pg_namespace where nspname = 'c_' || replace(id, '-', '')) order by id"
)


async def provision_missing(reader_dsn: str, provisioner_dsn: str) -> int:
    """Makes the schemas of companies whose `CompanyProvisioned` the log has and this generation has not followed: a
    database that was lost and filled again. Returns how many. Raises Unavailable.

    reader_dsn: as `legion_runner`.
    """
    with unavailable_when_away():
        async with await psycopg.AsyncConnection.connect(reader_dsn, autocommit=True) as conn:
            missing = await (await conn.execute(MISSING)).fetchall()
        if missing:
            async with await psycopg.AsyncConnection.connect(provisioner_dsn, autocommit=True) as conn:
                for (company,) in missing:
                    await provision_company(conn, company)
    return len(missing)


async def give_login(conn: Connection, company_id: str, password: str) -> None:
    """Makes the login `legion_c_<id>` of the company's tools, or gives it a new password; then as `grant_login`.

    conn: an admin's, in the generation's database. Raises ValueError when company_id is no UUID.
    """
    login = company_login(company_id)
    async with conn.transaction():
        await conn.execute(
            sql.SQL(
                "do $$ begin create role {} login connection limit 10;"
                " exception when duplicate_object or unique_violation then null; end $$"
            ).format(sql.Identifier(login))
        )
        await set_password(conn, login, password)
        await conn.execute(
            sql.SQL("alter role {} set search_path = {}").format(
                sql.Identifier(login), sql.Identifier(company_schema(company_id))
            )
        )
        await grant_login(conn, company_id)


async def grant_login(conn: Connection, company_id: str) -> None:
    """Opens this generation's schema of the company to its login. Nothing where it has no login.

    conn: an admin's: logins are the server's and outlive generations, their rights do not. The schema is there.
    """
    login = company_login(company_id)
    cursor = await conn.execute("select current_database() from pg_roles where rolname = %s", (login,))
    for (database,) in await cursor.fetchall():
        names = {
            "database": sql.Identifier(database),
            "schema": sql.Identifier(company_schema(company_id)),
            "login": sql.Identifier(login),
        }
        for statement in (
            "grant connect on database {database} to {login}",
            "grant usage on schema {schema} to {login}",
            "grant select on all tables in schema {schema} to {login}",
        ):
            await conn.execute(sql.SQL(statement).format(**names))
