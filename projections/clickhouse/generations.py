"""Which generation is active. Generation n is the database `<database>_g<n>`; `<database>.generations` points to it.

A rebuild writes the next one beside it and then moves the pointer. Nothing is ever renamed: a projector that has not
noticed yet goes on writing into the old database and never into the new one.
"""

from __future__ import annotations

from clickhouse_connect.driver.asyncclient import AsyncClient

from projections.clickhouse.connection import Target, connect, translated
from projections.clickhouse.tables import table_statements
from projections.clickhouse.views import view_statements


def generation_database(target: Target, number: int) -> str:
    return f"{target.database}_g{number}"


def active_select(target: Target) -> str:
    """A scalar subquery: the number of the active generation, 0 for none."""
    return f"(SELECT max(number) FROM {target.database}.generations)"


async def create_tables(target: Target) -> None:
    """Makes what is missing, views included; the first time generation 1. Idempotent. Raises Unavailable."""
    async with connect(target) as client:
        await run(
            client,
            f"CREATE DATABASE IF NOT EXISTS {target.database}",
            f"CREATE TABLE IF NOT EXISTS {target.database}.generations (number UInt32) "
            "ENGINE = MergeTree ORDER BY number SETTINGS fsync_after_insert = 1, fsync_part_directory = 1",
        )
        number = await active_generation(client, target)
        await run(client, *table_statements(generation_database(target, number or 1)))
        if not number:
            await activate(client, target, 1)
        else:
            await show(client, target, number)


async def active_generation(client: AsyncClient, target: Target) -> int:
    """0: none yet."""
    with translated():
        return int(str(await client.command(f"SELECT {active_select(target)}")))


async def activate(client: AsyncClient, target: Target, number: int) -> None:
    """Moves the pointer, then the views: a crash in between is mended by the next `create_tables`."""
    await run(client, f"INSERT INTO {target.database}.generations SELECT {number}")
    await show(client, target, number)


async def show(client: AsyncClient, target: Target, number: int) -> None:
    await run(client, *view_statements(target.database, generation_database(target, number)))


async def run(client: AsyncClient, *statements: str) -> None:
    """One after the other. Raises Unavailable."""
    with translated():
        for statement in statements:
            await client.command(statement)
