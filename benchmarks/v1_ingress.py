"""V1: webhooks accepted a second, against a raw ASGI echo under the same uvicorn. V2: p99 at half of that load.

    python -m benchmarks.v1_ingress [--rounds N] [--seconds S] [--connections N] [--profile]

One server process (uvloop, httptools), one load process, one embedded broker and PostgreSQL, all on this machine.
Subject: the product's ingress on a message of 1.1 kB: secret check, look-up of the instance, sealing, one record with
acks=all. Floor of V1: the echo, in the same process, in turns with the subject. Floor of V2: the echo's p99 plus the
p99 of a bare produce of the same record, each at the same rate (half of what the ingress took in V1), counted from
the moment a request was due. cpu_ms: processor time of the server process for one request.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import httpx
import orjson
import uvloop

from benchmarks.ingress_server import VARIABLE, Places
from benchmarks.publish import publish
from embedded.postgres import PostgresConfig, ready
from eventlog.producer import RawLog
from eventlog.topics import PARTITIONS, Topics, create_topics
from proof.embedded_servers import PASSWORD, kafka_bootstrap, postgres_server
from proof.servers import Server, data_folder, reserved_port
from vault.credentials import Credential
from vault.db import open_vault
from vault.kek import KeyEncryptionKeys, generate
from vault.migrate import migrate

SECRET: Final = "secret-of-the-benchmark"
INSTANCE: Final = "bench"
INGRESS: Final = f"/ingress/evolution/{INSTANCE}/messages-upsert"
BODY: Final = orjson.dumps(
    {
        "event": "messages.upsert",
        "instance": INSTANCE,
        "data": {
            "key": {"remoteJid": "5511900000000@s.whatsapp.net", "fromMe": False, "id": "3EB0" + "A" * 16},
            "pushName": "Lead",
            "message": {"conversation": "Oi! Vi o anúncio de vocês e queria saber os horários. " * 12},
            "messageType": "conversation",
            "messageTimestamp": 1795570000,
            "instanceId": "6c1f0d0e-0000-4000-8000-000000000000",
            "source": "android",
        },
        "destination": "https://legion.example/ingress/evolution/bench",
        "date_time": "2026-11-25T01:02:03.000Z",
        "sender": "5511911111111@s.whatsapp.net",
        "server_url": "https://evolution.example",
        "apikey": "00000000-0000-4000-8000-000000000000",
    }
)
HEADERS: Final = (f"x-webhook-secret: {SECRET}", "content-type: application/json", "user-agent: axios/1.7.9")


@asynccontextmanager
async def server(kafka: str, postgres: PostgresConfig, port: int, log: Path) -> AsyncIterator[Places]:
    """The server process, once it accepts webhooks."""
    dsn, kek, prefix = postgres.dsn(), generate(), f"bench-{uuid4().hex}."
    await create_topics(kafka, Topics(prefix), PARTITIONS, single_node=True)
    await migrate(dsn)
    async with open_vault(dsn, KeyEncryptionKeys.from_settings({"k1": kek}, "k1")) as vault:
        company, instance = str(uuid4()), str(uuid4())
        await vault.credentials.name_instance("evolution", INSTANCE, company, instance)
        await vault.credentials.put(company, "evolution", instance, Credential({}, (SECRET,)))
    places = Places(port, kafka, prefix, dsn, kek)
    env = {VARIABLE: orjson.dumps(places).decode()}
    process = Server([sys.executable, "-m", "benchmarks.ingress_server"], log, env)

    async def accepts() -> bool:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
            try:
                answer = await http.post(INGRESS, content=BODY, headers={"x-webhook-secret": SECRET})
            except httpx.HTTPError:
                return False
            return answer.status_code == 200

    process.start(accepts)
    try:
        yield places
    finally:
        process.stop()


async def load(port: int, path: str, connections: int, seconds: float, rate: float = 0.0) -> dict[str, float]:
    """Figures of `benchmarks.http_load`, and cpu_ms of the server for a request."""
    before = await _cpu(port)
    argv = [sys.executable, "-m", "benchmarks.http_load", str(port), path, str(connections), str(seconds), str(rate)]
    process = await asyncio.create_subprocess_exec(*argv, *HEADERS, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    out, _ = await process.communicate(BODY)
    if process.returncode:
        raise RuntimeError(f"the load on {path} failed")
    figures: dict[str, float] = orjson.loads(out)
    return figures | {"cpu_ms": (await _cpu(port) - before) * 1000 / figures["n"]}


async def _cpu(port: int) -> float:
    async with httpx.AsyncClient(trust_env=False) as http:
        return float((await http.get(f"http://127.0.0.1:{port}/cpu")).text)


async def produce(kafka: str, topic: str, seconds: float, rate: float) -> float:
    """p99 in ms of bare appends of the same size at a rate, counted from when each was due."""
    log = RawLog(kafka)
    await log.start()
    latencies: list[float] = []
    sealed = BODY + bytes(29)

    async def one(due: float) -> None:
        await log.append(topic, b"key", sealed, ())
        latencies.append(time.perf_counter() - due)

    running: list[asyncio.Task[None]] = []
    begun, number = time.perf_counter(), 0
    while (due := begun + number / rate) < begun + seconds:
        if (wait := due - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        running.append(asyncio.create_task(one(due)))
        number += 1
    await asyncio.gather(*running)
    await log.stop()
    return sorted(latencies)[len(latencies) * 99 // 100] * 1000


def median(rounds: list[dict[str, float]], name: str) -> float:
    return round(statistics.median(each[name] for each in rounds), 3)


async def v1(port: int, rounds: int, seconds: float, connections: int) -> dict[str, Any]:
    found: dict[str, list[dict[str, float]]] = {"ingress": [], "echo": []}
    for path in ("/echo", INGRESS):
        await load(port, path, connections, 1)  # warm
    for _ in range(rounds):
        found["echo"].append(await load(port, "/echo", connections, seconds))
        found["ingress"].append(await load(port, INGRESS, connections, seconds))
    echo, ingress = found["echo"], found["ingress"]
    return {
        "id": "V1",
        "hop": "ingress incl. secret check and produce acks=all, requests a second",
        "floor": "raw ASGI echo under the same uvicorn, in the same process",
        "goal": 0.45,
        "stretch": 0.60,
        "ratio": round(median(ingress, "rps") / median(echo, "rps"), 3),
        "ratio_of_cpu": round(median(echo, "cpu_ms") / median(ingress, "cpu_ms"), 3),
        "rps": {"ingress": round(median(ingress, "rps")), "echo": round(median(echo, "rps"))},
        "cpu_ms": {"ingress": median(ingress, "cpu_ms"), "echo": median(echo, "cpu_ms")},
        "p99_ms": {"ingress": median(ingress, "p99_ms"), "echo": median(echo, "p99_ms")},
        "n": {name: int(sum(each["n"] for each in rows)) for name, rows in found.items()},
        "body_bytes": len(BODY),
        "connections": connections,
        "rounds": found,
    }


async def v2(places: Places, rounds: int, seconds: float, connections: int, rate: float) -> dict[str, Any]:
    rows: list[dict[str, float]] = []
    topic = Topics(places.prefix).ingress
    for _ in range(rounds):
        echo = await load(places.port, "/echo", connections, seconds, rate)
        ingress = await load(places.port, INGRESS, connections, seconds, rate)
        bare = await produce(places.kafka, topic, seconds, rate)
        rows.append({"ingress": ingress["p99_ms"], "echo": echo["p99_ms"], "produce": bare})
    p99 = {name: median(rows, name) for name in rows[0]}
    return {
        "id": "V2",
        "hop": "ingress p99 at half load",
        "floor": "echo p99 + bare produce p99, at the same rate",
        "goal": 1.5,
        "stretch": 1.2,
        "ratio": round(p99["ingress"] / (p99["echo"] + p99["produce"]), 3),
        "p99_ms": p99,
        "rate": round(rate),
        "connections": connections,
        "rounds": rows,
    }


async def measure(kafka: str, postgres: PostgresConfig, port: int, asked: argparse.Namespace) -> list[dict[str, Any]]:
    async with server(kafka, postgres, port, postgres.data.parent / "server.log") as places:
        if asked.profile:
            async with httpx.AsyncClient(trust_env=False, base_url=f"http://127.0.0.1:{port}") as http:
                await http.get("/profile")
                await load(port, INGRESS, asked.connections, asked.seconds)
                sys.stdout.write((await http.get("/profile")).text)
            return []
        first = await v1(port, asked.rounds, asked.seconds, asked.connections)
        rate = first["rps"]["ingress"] / 2
        return [first, await v2(places, asked.rounds, asked.seconds, asked.connections, rate)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--profile", action="store_true", help="print where the time goes, write nothing")
    asked = parser.parse_args()
    with (
        data_folder("v1") as folder,
        reserved_port() as port,
        reserved_port() as postgres_port,
        kafka_bootstrap() as kafka,
    ):
        config = PostgresConfig(folder / "postgres", postgres_port, PASSWORD)
        database = postgres_server(config)
        database.start(lambda: ready(config))
        try:
            results = uvloop.run(measure(kafka, config, port, asked))
        finally:
            database.stop()
    for result in results:
        publish(result)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
