"""What a company has in the log, the read models and the vault: looked at before and after, past all of our code."""

from __future__ import annotations

from typing import Any, Final

import psycopg
from psycopg import sql

from tests.isolation.estate import Estate
from vault.provision import DATABASE

LIVELY: Final = ["session", "failure_count"]
"""The stranger works for the other company too, and logs in while the cases run; and that somebody tried a company's
door is counted with it, for its own people to see."""

TABLES: Final = """
select table_name from information_schema.columns
where table_schema = %s and column_name = %s and table_name <> all(%s) order by 1
"""

DIGEST: Final = """
select count(*), md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from {} t where {} = %s
"""


async def state(estate: Estate) -> dict[str, tuple[int, str]]:
    """Table → (rows of the company, their digest): of every table of the read database and of the vault that says whose
    its rows are, and what the vault has about the company's member."""
    settings, company = estate.world.settings, estate.ids["company"]
    found = await _rows(await _reads(estate), "core", "company_id", company)
    found |= await _rows(settings.admin_dsn(DATABASE), "public", "company", company)
    return found | await _rows(settings.admin_dsn(DATABASE), "public", "user_id", estate.ids["user"])


async def state_of_lead(estate: Estate) -> dict[str, tuple[int, str]]:
    """Table → (rows, digest) of what the read database has about the lead."""
    dsn, lead = await _reads(estate), estate.ids["lead"]
    return await _rows(dsn, "core", "lead_id", lead) | await _rows(dsn, "core", "journey", f"lead/{lead}")


async def recorded(estate: Estate) -> int:
    """Events and refusals of the company in the journal."""
    return (await state(estate))["core.journal.company_id"][0]


async def _reads(estate: Estate) -> str:
    return estate.world.settings.admin_dsn(f"legion_g{await estate.world.vault.generations.active()}")


async def _rows(dsn: str, schema: str, column: str, value: str) -> dict[str, tuple[int, str]]:
    found: dict[str, tuple[int, str]] = {}
    lively = LIVELY if column == "company" else []
    async with await psycopg.AsyncConnection.connect(dsn) as conn:
        tables = await (await conn.execute(TABLES, (schema, column, lively))).fetchall()
        for (table,) in tables:
            query = sql.SQL(DIGEST).format(sql.Identifier(schema, table), sql.Identifier(column))
            row: Any = await (await conn.execute(query, (value,))).fetchone()
            found[f"{schema}.{table}.{column}"] = (row[0], row[1])
    return found
