"""Every edge of a running Legion on which somebody may wait for an answer, each with a proxy of its own on it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

from proof.ground.running import Running, at_work
from proof.ground.stack import legion, wait_ready
from proof.harm.proxy import Proxy, proxied
from proof.servers import reserved_port

HOST: Final = "127.0.0.1"

SERVERS: Final = ("api", "evolution", "openai", "kafka", "kafka_controller", "postgres", "clickhouse")
"""In the order of their ports, from the stack's base."""

TIMEOUTS: Final = {"LEGION_SEND_TIMEOUT_MS": "2000", "LEGION_AI_TIMEOUT_MS": "4000"}
"""Of calls to the providers: a leg waits for them to run out."""


class Edge(NamedTuple):
    """service: of ours, who calls. server: who is called. variable: where it reads the address; text: its form."""

    service: str
    server: str
    variable: str
    text: str = "{}"

    def __str__(self) -> str:
        return f"{self.service} to {self.server}"


def _kafka(service: str) -> Edge:
    return Edge(service, "kafka", "LEGION_KAFKA_BOOTSTRAP", HOST + ":{}")


def _postgres(service: str) -> Edge:
    return Edge(service, "postgres", "LEGION_POSTGRES_PORT")


PROVIDER: Final = Edge("streams", "evolution", "LEGION_EVOLUTION_URL", "http://" + HOST + ":{}")
EDGES: Final = (
    *map(_kafka, ("api", "writer", "projector", "analytics", "streams")),
    *map(_postgres, ("api", "writer", "projector", "streams")),
    Edge("analytics", "clickhouse", "LEGION_CLICKHOUSE_PORT"),
    PROVIDER,
    Edge("streams", "openai", "LEGION_OPENAI_URL", "http://" + HOST + ":{}/v1"),
)


@dataclass(frozen=True, slots=True)
class Cut:
    """A running Legion, and the proxy on each edge."""

    running: Running
    proxies: dict[Edge, Proxy]

    def heal(self) -> None:
        for proxy in self.proxies.values():
            proxy.harm(None)


@asynccontextmanager
async def cut_open(folder: Path, bugs: Mapping[str, str]) -> AsyncIterator[Cut]:
    """bugs: service → module with `plant()`."""
    async with AsyncExitStack() as stack:
        proxies = {
            edge: await stack.enter_async_context(proxied(HOST, 0, at=stack.enter_context(reserved_port())))
            for edge in EDGES
        }
        doors = {edge: stack.enter_context(reserved_port()) for edge in EDGES if edge.server == "kafka"}
        env: dict[str, dict[str, str]] = {"streams": dict(TIMEOUTS)}
        for edge, proxy in proxies.items():
            env.setdefault(edge.service, {})[edge.variable] = edge.text.format(proxy.port)
        given: dict[str, Any] = {
            "data": str(folder / "data"),
            "clock": None,
            "patient": True,
            "argv": {"kafka": [f"--door={port}:{proxies[edge].port}" for edge, port in doors.items()]},
            "env": env,
            "bugs": bugs,
        }
        program = ("proof.ground.stack_program", orjson.dumps(given).decode())
        started = stack.enter_context(legion(folder, program=program))
        for edge, proxy in proxies.items():
            proxy.aim(HOST, doors.get(edge) or started.base + SERVERS.index(edge.server))
        await asyncio.to_thread(wait_ready, started)
        yield Cut(await stack.enter_async_context(at_work(started)), proxies)
