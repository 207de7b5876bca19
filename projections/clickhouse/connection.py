"""How ClickHouse is reached, and its failures as ours."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Final

import aiohttp
import clickhouse_connect
from clickhouse_connect.driver.asyncclient import AsyncClient
from clickhouse_connect.driver.exceptions import DataError, Error, ProgrammingError

from domain.kernel.errors import Corrupt, Misconfigured, Unavailable

CONNECT_S: Final = 3
ANSWER_S: Final = 30
"""A full block takes a tenth of a second; a server busy with merges, a few."""

IDLE_S: Final = 3
"""Connections idle for longer are not used again: the embedded server closes them after 5 s, ClickHouse after 10."""

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A server's HTTP interface, a login that may write, and the database with the plain name (see `views.py`)."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    database: str = "legion"

    def __post_init__(self) -> None:
        """The name stands in statements unquoted: raises Misconfigured for anything but letters, digits and _."""
        if not _NAME.fullmatch(self.database):
            raise Misconfigured("clickhouse_database", "a name is of a-z, 0-9 and _, and begins with a letter")


@asynccontextmanager
async def connect(target: Target) -> AsyncIterator[AsyncClient]:
    """A client without a database of its own: every statement names it. Raises Unavailable."""
    with translated():
        client = await clickhouse_connect.get_async_client(
            host=target.host,
            port=target.port,
            username=target.user,
            password=target.password,
            connect_timeout=CONNECT_S,
            send_receive_timeout=ANSWER_S,
            keepalive_timeout=IDLE_S,
        )
    try:
        yield client
    finally:
        await client.close()


@contextmanager
def translated() -> Iterator[None]:
    """Raises Unavailable for what may pass (server away, table of a dropped generation), Corrupt for a value that no
    column takes. The server's text stays out: it may quote what was sent."""
    try:
        yield
    except (DataError, ProgrammingError) as error:
        raise Corrupt("clickhouse_value", type(error).__name__) from error
    except (Error, aiohttp.ClientError, OSError, TimeoutError) as error:
        raise Unavailable("clickhouse_unavailable", f"{type(error).__name__} {getattr(error, 'code', None)}") from error
