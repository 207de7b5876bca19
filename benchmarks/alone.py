"""A benchmark that is run by itself: what it is asked, and a server of its own."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
import structlog

from embedded.postgres import PostgresConfig, ready
from projections.names import database_name
from proof.embedded_servers import PASSWORD, postgres_server
from proof.servers import data_folder, reserved_port

PREFIX: Final = "bench_g"
"""Of the databases of a benchmark's generations."""

ERRORS: Final = 40
"""Level from which on our own code speaks: what it says takes time."""


def asked(doc: str | None, **numbers: int) -> argparse.Namespace:
    """numbers: options with what holds where nothing is said. `no_write`: the figures are only shown."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in numbers.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--no-write", action="store_true")
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(ERRORS))
    return given


@contextmanager
def own_postgres(name: str, **settings: str) -> Iterator[PostgresConfig]:
    """An embedded server on data of its own, with fsync as in life. settings: as in postgresql.conf."""
    with data_folder(name) as folder, reserved_port() as port:
        config = PostgresConfig(folder / "postgres", port, PASSWORD, settings=settings)
        server = postgres_server(config)
        server.start(lambda: ready(config))
        try:
            yield config
        finally:
            server.stop()


async def blocks(admin: str, n: int) -> int:
    """Touched so far in the database of generation n. Backends report when they end: waits for them."""
    name = database_name(n, prefix=PREFIX)
    async with await psycopg.AsyncConnection.connect(admin, autocommit=True) as conn:
        while True:
            cursor = await conn.execute(
                "select (select blks_hit + blks_read from pg_stat_database where datname = %(name)s),"
                " (select count(*) from pg_stat_activity where datname = %(name)s and backend_type = 'client backend')",
                {"name": name},
            )
            row = await cursor.fetchone()
            assert row is not None
            if row[1] == 0:
                return int(row[0])
            await asyncio.sleep(0.02)
