"""The next generation from offset 0, the live one untouched until the new one has caught up; and figures of either."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from clickhouse_connect.driver.asyncclient import AsyncClient

from projections.clickhouse.connection import Target, connect, translated
from projections.clickhouse.generations import (
    activate,
    active_generation,
    create_pointer,
    generation_database,
    run,
)
from projections.clickhouse.projector import AnalyticsConfig, session
from projections.clickhouse.store import ClickHouseStore
from projections.clickhouse.tables import create_tables, table_statements
from projections.clickhouse.views import selects

LINGER_S: Final = 60.0
"""Nobody looks at a rebuild yet: it waits for full blocks, because each has a fixed cost (`plan.BLOCK_ROWS`)."""

_DIGEST: Final = "SELECT count(), sum(cityHash64(toString(tuple(*)))) FROM ({select})"
_COUNTS: Final = (
    "SELECT count(), countIf(topic = 'MessageReceived'), countIf(topic = 'ReplyGenerated'), "
    "countIf(topic = 'ChunkSent') FROM {facade}.events"
)


class Digest(NamedTuple):
    """rows: of a view. hash: sum over the rows' hashes, so that neither order nor doubles can hide."""

    rows: int
    hash: int


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """old, new: generations. compared: view → (digest of the old, of the new). They are equal on a log at rest."""

    old: int
    new: int
    compared: dict[str, tuple[Digest, Digest]]

    @property
    def equal(self) -> bool:
        return all(old == new for old, new in self.compared.values())


class Counts(NamedTuple):
    """Of the active generation."""

    rows: int
    messages_in: int
    replies: int
    chunks_sent: int


async def rebuild(
    config: AnalyticsConfig,
    *,
    flip: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> Rebuilt:
    """Fills the next generation from offset 0; with flip it becomes the active one and the old one is dropped, else
    it is dropped itself (a comparison).

    The running projector may go on: it notices the flip before its next block, or its insert into the dropped
    database fails, and it starts again from the new one's plans. One rebuild at a time; the remains of one that died
    are removed. Raises Unavailable: nothing has changed then, run it again.
    """
    await create_tables(config.target)
    async with connect(config.target) as client:
        old = await active_generation(client, config.target)
        new = old + 1
        database = generation_database(config.target, new)
        await run(client, f"DROP DATABASE IF EXISTS {database} SYNC")
        await _fill(client, config, new, progress)
        compared = {
            name: (await digest(client, config.target, old, name), await digest(client, config.target, new, name))
            for name in selects(database)
        }
        if flip:
            await activate(client, config.target, new)
        dropped = old if flip else new
        await run(client, f"DROP DATABASE {generation_database(config.target, dropped)} SYNC")
        return Rebuilt(old, new, compared)


async def rebuild_lost(config: AnalyticsConfig, number: int) -> None:
    """After all databases were lost, the one with the plain name too: fills `number` from offset 0, then shows it.

    number: above any that there was, so that no running projector takes it for its own. Raises Unavailable.
    """
    async with connect(config.target) as client:
        await create_pointer(client, config.target)
        await _fill(client, config, number, None)
        await activate(client, config.target, number)


async def lose(target: Target) -> int:
    """Drops every database of the analytics. Of a disaster drill. Returns the number of the active generation."""
    async with connect(target) as client:
        number = await active_generation(client, target)
        with translated():
            names = [str(name) for (name,) in (await client.query("SHOW DATABASES")).result_rows]
        own = re.compile(rf"{target.database}(_g[0-9]+)?")
        await run(client, *(f"DROP DATABASE {name} SYNC" for name in names if own.fullmatch(name)))
        return number


async def _fill(
    client: AsyncClient, config: AnalyticsConfig, number: int, progress: Callable[[int, int], None] | None
) -> None:
    await run(client, *table_statements(generation_database(config.target, number)))
    store = ClickHouseStore(client, config.target, number, must_be_active=False)
    async with session(replace(config, linger_s=LINGER_S), store) as running:
        await running.until_caught_up(progress)


async def digests(target: Target) -> dict[str, Digest]:
    """View → digest, of the active generation. Raises Unavailable."""
    async with connect(target) as client:
        number = await active_generation(client, target)
        return {
            view: await digest(client, target, number, view) for view in selects(generation_database(target, number))
        }


async def digest(client: AsyncClient, target: Target, number: int, view: str) -> Digest:
    """Of what a view shows of a generation."""
    select = selects(generation_database(target, number))[view]
    with translated():
        rows = (await client.query(_DIGEST.format(select=select))).result_rows
    return Digest(*map(int, rows[0]))


async def counts(target: Target) -> Counts:
    """Raises Unavailable."""
    async with connect(target) as client:
        with translated():
            rows = (await client.query(_COUNTS.format(facade=target.database))).result_rows
    return Counts(*map(int, rows[0]))
