"""A company's own schema: views of its rows, for its own tools (design §5). Made from `_template_base`."""

from __future__ import annotations

from psycopg import sql

from projections.ddl import TEMPLATE, VIEWS
from projections.generation import set_password
from projections.names import company_login, company_schema
from projections.pool import Connection

TEMPLATE_VIEWS = "select table_name from information_schema.views where table_schema = %s order by 1"


async def provision_company(conn: Connection, company_id: str, password: str | None = None) -> None:
    """Makes or completes the schema `c_<id>` and the login `legion_c_<id>`. Idempotent, one transaction.

    conn: an admin's, in the generation's database. password: of the login, made and kept by the caller; None leaves
    it as it is (a new login then cannot log in). Raises ValueError when company_id is no UUID.
    """
    schema, login = company_schema(company_id), company_login(company_id)
    names = {"schema": sql.Identifier(schema), "login": sql.Identifier(login), "owner": sql.Identifier(VIEWS)}

    async def run(statement: str, **more: sql.Composable) -> None:
        await conn.execute(sql.SQL(statement).format(**names, **more))

    async with conn.transaction():
        cursor = await conn.execute(TEMPLATE_VIEWS, (TEMPLATE,))
        views = [name for (name,) in await cursor.fetchall()]
        await run(
            "do $$ begin create role {login} login connection limit 10;"
            " exception when duplicate_object or unique_violation then null; end $$"
        )
        if password is not None:
            await set_password(conn, login, password)
        await run("create schema if not exists {schema}")
        for name in views:
            await run(
                "create or replace view {schema}.{view} with (security_barrier) as"
                " select * from {template}.{view} where company_id = {company} with cascaded check option",
                view=sql.Identifier(name),
                template=sql.Identifier(TEMPLATE),
                company=sql.Literal(company_id),
            )
            await run("alter view {schema}.{view} owner to {owner}", view=sql.Identifier(name))
            await run("grant select on {schema}.{view} to {login}", view=sql.Identifier(name))
        await run("grant usage on schema {schema} to {login}")
        await run("alter role {login} set search_path = {schema}")
        await run("do $$ begin execute format('grant connect on database %I to {login}', current_database()); end $$")
