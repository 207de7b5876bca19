"""The embedded ClickHouse: the engine chDB behind a small server that speaks ClickHouse's HTTP interface.

`CLICKHOUSE_PASSWORD=… CLICKHOUSE_READONLY_PASSWORD=… python -m embedded.clickhouse --data DIR --port P`. Clients are
those of the real server: clickhouse_connect, curl, BI tools over HTTP. Absent here: sessions (SET, USE and temporary
tables last one request), external data, roles, ClickHouse's own compression (`compress=1`).

This module holds what a supervisor needs and does not load the engine.
"""

from __future__ import annotations

import asyncio
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

# As the official container image calls the first two; never on a command line, where `ps` would show them.
USER_VARIABLE = "CLICKHOUSE_USER"
PASSWORD_VARIABLE = "CLICKHOUSE_PASSWORD"  # noqa: S105 - the name of a variable
READONLY_USER_VARIABLE = "CLICKHOUSE_READONLY_USER"
READONLY_PASSWORD_VARIABLE = "CLICKHOUSE_READONLY_PASSWORD"  # noqa: S105 - the name of a variable
_PROBE_TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True)
class ClickHouseConfig:
    """Where the server keeps its data and listens (loopback), and its two logins."""

    data: Path
    port: int
    password: str = field(repr=False)
    readonly_password: str = field(repr=False)
    user: str = "legion"
    readonly_user: str = "analyst"
    host: str = "127.0.0.1"

    @property
    def engine_path(self) -> Path:
        """chDB's own folder, inside ours (which holds the lock)."""
        return self.data / "chdb"

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"


def argv(config: ClickHouseConfig) -> list[str]:
    """The command line that runs this server from any supervisor; logins go by `environment`."""
    return [sys.executable, "-m", "embedded.clickhouse", "--data", str(config.data), "--port", str(config.port)]


def environment(config: ClickHouseConfig) -> Mapping[str, str]:
    """The variables that the server reads. TZ: the engine's time zone must not be the machine's."""
    return {
        USER_VARIABLE: config.user,
        PASSWORD_VARIABLE: config.password,
        READONLY_USER_VARIABLE: config.readonly_user,
        READONLY_PASSWORD_VARIABLE: config.readonly_password,
        "TZ": "UTC",
    }


def _answers(config: ClickHouseConfig) -> bool:
    headers = {"X-ClickHouse-User": config.user, "X-ClickHouse-Key": config.password}
    probe = urllib.request.Request(f"{config.url}/?query=SELECT+42", headers=headers)  # noqa: S310 - http, ours
    # No proxy of the environment stands between us and loopback.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(probe, timeout=_PROBE_TIMEOUT_S) as response:
            return bool(response.read() == b"42\n")
    except (urllib.error.URLError, OSError):
        return False


async def ready(config: ClickHouseConfig) -> bool:
    """Whether our server takes our password and the engine answers."""
    return await asyncio.to_thread(_answers, config)
