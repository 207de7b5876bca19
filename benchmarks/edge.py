"""The edge: what limits, and all of it, add to the cheapest route of FastAPI, in processor time of the process.

    python -m benchmarks.edge [--rounds N] [--calls N]

ASGI applications called one after the other in this process, without a server: subject and floor take turns. Floor: a
route of FastAPI that answers `{}` (a real one costs more, so its share of the edge is less). Subjects: the same behind
`Limited` with its counts in PostgreSQL, and behind the whole edge with three request rules. statements: of the
database, for a thousand calls of one caller.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any, Final, cast

import uvloop
from fastapi import FastAPI

from api.auth import Authenticator
from api.edge.chain import with_edge
from api.edge.config import EdgeConfig
from api.edge.lease import Limit
from api.edge.limited import Limited
from api.edge.quota import Quota
from api.edge.rules import parse_rules
from api.edge.storage import VaultStorage
from api.services import Services
from benchmarks.publish import publish
from embedded.postgres import PostgresConfig, ready
from proof.embedded_servers import PASSWORD, postgres_server
from proof.servers import data_folder, reserved_port
from vault.db import Vault, open_vault
from vault.kek import KeyEncryptionKeys, generate
from vault.migrate import migrate

PLENTY: Final = 3_000_000
"""Calls in a minute: nobody is refused here. A process still counts a fiftieth at once, as of any limit."""

RULES: Final = """[{"id": "a", "action": "block", "headers": {"user-agent": "*sqlmap*"}},
 {"id": "b", "action": "block", "addresses": ["203.0.113.0/24"]},
 {"id": "c", "action": "count", "path": "/v1/auth/*"}]"""

CONFIG: Final = EdgeConfig(
    public_url="https://legion.example",
    origins=("https://console.example",),
    proxies=("127.0.0.1",),
    country_header="cf-ipcountry",
    of_address=Limit("address", PLENTY),
    of_caller=Limit("caller", PLENTY),
    of_company=Limit("company", PLENTY),
    rules=parse_rules(RULES),
)


class Counting(VaultStorage):
    STORAGE_SCHEME = None
    statements = 0

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        self.statements += 1
        return await super().incr(key, expiry, amount)


@dataclass(frozen=True)
class Needed:
    """Of `Services`, what the edge looks at."""

    authenticator: Authenticator
    quota: Quota


def route() -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None)

    @app.get("/v1/nothing")
    async def nothing() -> dict[str, str]:
        return {}

    return app


async def call(app: Any, token: str) -> None:
    headers = [(b"host", b"x"), (b"authorization", f"Bearer {token}".encode()), (b"user-agent", b"axios/1.7.9")]
    scope = {
        "type": "http", "method": "GET", "path": "/v1/nothing", "raw_path": b"/v1/nothing", "query_string": b"",
        "headers": headers, "client": ("198.51.100.7", 1), "server": ("x", 80), "scheme": "http",
        "http_version": "1.1", "root_path": "",
    }  # fmt: skip

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start" and message["status"] != 200:
            raise RuntimeError(f"answered {message['status']}")

    await app(scope, receive, send)


async def cpu_us(app: Any, token: str, calls: int) -> float:
    """Of one call, microseconds."""
    began = time.process_time()
    for _ in range(calls):
        await call(app, token)
    return (time.process_time() - began) / calls * 1e6


async def statements(vault: Vault, amount: int, calls: int) -> int:
    storage = Counting(vault.rates)
    quota = Quota(storage)
    for _ in range(calls):
        await quota.take(Limit("caller", amount), "somebody")
    return storage.statements


async def measure(dsn: str, rounds: int, calls: int) -> dict[str, Any]:
    await migrate(dsn)
    async with open_vault(dsn, KeyEncryptionKeys.from_settings({"k1": generate()}, "k1")) as vault:
        token = await vault.tokens.ensure_bootstrap()
        assert token is not None
        # The bootstrap token asks for the vault alone; a session's adds the check of its signature, which is not ours.
        authenticator = Authenticator(vault.tokens, *cast(Any, (None, None, None)))
        services = cast(Services, Needed(authenticator, Quota(VaultStorage(vault.rates))))
        apps = {
            "route": route(),
            "limited": Limited(route(), CONFIG, lambda: services),
            "edge": with_edge(route(), CONFIG, lambda: services, cast(Any, None)),
        }
        found: dict[str, list[float]] = {name: [] for name in apps}
        for _ in range(rounds + 1):  # the first warms
            for name, app in apps.items():
                found[name].append(await cpu_us(app, token, calls))
        median = {name: statistics.median(rows[1:]) for name, rows in found.items()}
        return {
            "id": "edge",
            "hop": "limits, and the whole edge, in front of a route",
            "floor": "the cheapest route of FastAPI",
            "ratio": {name: round(median[name] / median["route"], 3) for name in ("limited", "edge")},
            "cpu_us": {name: round(value, 1) for name, value in median.items()},
            "statements": {str(amount): await statements(vault, amount, 1_000) for amount in (100, 3_000)},
            "calls": calls,
            "rounds": found,
        }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=3_000)
    asked = parser.parse_args()
    with data_folder("edge") as folder, reserved_port() as port:
        config = PostgresConfig(folder / "postgres", port, PASSWORD)
        database = postgres_server(config)
        database.start(lambda: ready(config))
        try:
            result = uvloop.run(measure(config.dsn(), asked.rounds, asked.calls))
        finally:
            database.stop()
    publish(result)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
