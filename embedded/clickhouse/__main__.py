"""Runs the server; see the package's docstring."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path
from types import FrameType

import uvicorn

from embedded.clickhouse import (
    PASSWORD_VARIABLE,
    READONLY_PASSWORD_VARIABLE,
    READONLY_USER_VARIABLE,
    USER_VARIABLE,
    ClickHouseConfig,
)
from embedded.clickhouse.logins import Login
from embedded.locks import FolderInUse, hold
from embedded.ports import PortUnavailable, require_free

# A stop waits this long for running queries.
_GRACE_S = 5


def _leave(_: int, __: FrameType | None) -> None:
    """uvicorn raises the signal that stopped it once more when it is done: a plain exit lets the engine be closed."""
    sys.exit(0)


def serve(config: ClickHouseConfig) -> None:
    """Lock, test the port, load the engine, serve until SIGTERM or SIGINT."""
    hold(config.data)
    require_free(config.port, setting="the ClickHouse port", host=config.host)
    # The engine reads its time zone when it is loaded; so the environment comes first, the import after.
    os.environ["TZ"] = "UTC"
    from embedded.clickhouse.app import App  # noqa: PLC0415 - see above
    from embedded.clickhouse.engine import Engine  # noqa: PLC0415 - see above

    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, _leave)
    engine = Engine(config.engine_path)
    logins = (
        Login(config.user, config.password),
        Login(config.readonly_user, config.readonly_password, read_only=True),
    )
    try:
        uvicorn.run(
            App(engine, logins),
            host=config.host,
            port=config.port,
            log_level="warning",
            # Lines of an access log would hold queries.
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=_GRACE_S,
        )
    finally:
        engine.close()


def main() -> None:
    """Command line entry; refusals end with exit status 1 and one line on standard error."""
    parser = argparse.ArgumentParser(prog="embedded.clickhouse", description="ClickHouse over HTTP on loopback")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    args = parser.parse_args()
    password, readonly = (os.environ.pop(name, "") for name in (PASSWORD_VARIABLE, READONLY_PASSWORD_VARIABLE))
    if not password or not readonly:
        sys.exit(f"clickhouse: set {PASSWORD_VARIABLE} and {READONLY_PASSWORD_VARIABLE}")
    config = ClickHouseConfig(
        args.data.resolve(),
        args.port,
        password,
        readonly,
        user=os.environ.get(USER_VARIABLE, "legion"),
        readonly_user=os.environ.get(READONLY_USER_VARIABLE, "analyst"),
    )
    try:
        serve(config)
    except (FolderInUse, PortUnavailable) as refusal:
        sys.exit(f"clickhouse: {refusal}")


if __name__ == "__main__":
    main()
