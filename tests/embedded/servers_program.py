"""The real servers under a supervisor: `python -m tests.embedded.servers_program FOLDER PORT PORT PORT PORT`."""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from pathlib import Path

from embedded import clickhouse, kafka, postgres
from embedded.clickhouse import ClickHouseConfig
from embedded.kafka_config import KafkaConfig
from embedded.postgres import PostgresConfig
from embedded.service import Service
from embedded.supervisor import Supervisor
from proof.embedded_servers import JARS


def services(folder: Path, ports: list[int]) -> list[Service]:
    log = KafkaConfig(folder / "kafka", ports[0], ports[1])
    database = PostgresConfig(folder / "postgres", ports[2], "one")
    analytics = ClickHouseConfig(folder / "clickhouse", ports[3], "two", "three")
    return [
        Service("kafka", kafka.argv(log, JARS), ready=partial(kafka.ready, log)),
        Service(
            "postgres",
            postgres.argv(database),
            env={postgres.PASSWORD_VARIABLE: database.password},
            ready=partial(postgres.ready, database),
            stop_signal=postgres.STOP_SIGNAL,
        ),
        Service(
            "clickhouse",
            clickhouse.argv(analytics),
            env=clickhouse.environment(analytics),
            ready=partial(clickhouse.ready, analytics),
        ),
    ]


async def main() -> int:
    folder, *ports = sys.argv[1:]
    return await Supervisor(services(Path(folder), [int(port) for port in ports]), Path(folder)).run()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
