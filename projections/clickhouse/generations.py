"""Which generation is active. Generation n is the database `<database>_g<n>`; `<database>.generations` points to it.

A rebuild writes the next one beside it and then moves the pointer. Nothing is ever renamed: a projector that has not
noticed yet goes on writing into the old database and never into the new one.
"""

from __future__ import annotations

from typing import Final

from clickhouse_connect.driver.asyncclient import AsyncClient

from projections.clickhouse.connection import Target, translated
from projections.clickhouse.views import view_statements

_ACTIVE: Final = "SELECT max(number) FROM {facade}.generations"

_POINTER: Final = (
    "CREATE DATABASE IF NOT EXISTS {facade}",
    "CREATE TABLE IF NOT EXISTS {facade}.generations (number UInt32) ENGINE = MergeTree ORDER BY number "
    "SETTINGS fsync_after_insert = 1, fsync_part_directory = 1",
)


def generation_database(target: Target, number: int) -> str:
    return f"{target.database}_g{number}"


async def create_pointer(client: AsyncClient, target: Target) -> None:
    await run(client, *(statement.format(facade=target.database) for statement in _POINTER))


async def active_generation(client: AsyncClient, target: Target) -> int:
    """0: none yet."""
    with translated():
        return int(str(await client.command(_ACTIVE.format(facade=target.database))))


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
