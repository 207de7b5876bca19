"""The next generation from offset 0, the live one untouched until the new one has caught up; and figures of either."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from clickhouse_connect.driver.asyncclient import AsyncClient

from projections.clickhouse.connection import Target, connect, translated
from projections.clickhouse.generations import activate, active_generation, generation_database, run
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
        await run(client, f"DROP DATABASE IF EXISTS {database} SYNC", *table_statements(database))
        store = ClickHouseStore(client, config.target, new, must_be_active=False)
        async with session(replace(config, linger_s=LINGER_S), store) as running:
            await running.until_caught_up(progress)
        compared = {
            name: (await digest(client, config.target, old, name), await digest(client, config.target, new, name))
            for name in selects(database)
        }
        if flip:
            await activate(client, config.target, new)
        dropped = old if flip else new
        await run(client, f"DROP DATABASE {generation_database(config.target, dropped)} SYNC")
        return Rebuilt(old, new, compared)


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
