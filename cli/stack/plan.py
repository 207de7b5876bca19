"""What `legion up` runs: embedded servers, simulators, set-up, and our processes, as one list of services."""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from signal import SIGINT
from typing import Final

from dotenv import dotenv_values

from cli.stack.probe import answers
from domain.kernel.ids import derived
from embedded import clickhouse, kafka, postgres
from embedded.clickhouse import ClickHouseConfig
from embedded.kafka_config import KafkaConfig
from embedded.postgres import PostgresConfig
from embedded.service import Service

HOST: Final = "127.0.0.1"
PARTITIONS: Final = 4
"""Of the embedded log: enough to see partitions interleave, few enough for two cores."""

JARS: Final = "jars"
"""Folder of Kafka's jars below the data folder, unless LEGION_JAR_CACHE names another."""

ADMIN_VARIABLE: Final = "LEGION_POSTGRES_ADMIN_PASSWORD"

STORES: Final = ("kafka", "postgres", "clickhouse")

KEEP_BYTE_CODE: Final = {"PYTHONDONTWRITEBYTECODE": ""}
"""Whatever the shell says: compiling the same packages anew in a dozen processes would double every start."""

DEMO_COMPANY: Final = derived("company", derived("http", "bootstrap", "companies", "demo"))
"""The id that `POST /v1/companies` gives to the idempotency key `demo` (api/submit.py): the page shows its events."""

DEFAULTS: Final = {"LEGION_DEMO": "true", "LEGION_LOG_LEVEL": "warning", "LEGION_SIGNER_EVERY_S": "5"}
"""What the environment or `.env` may say otherwise."""

Ready = Callable[[], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Plan:
    """services: in any order, `after` says which. env: LEGION_* of our own processes. urls: name → URL for people.

    webhook_secret: what the simulators' webhooks carry or are signed with. autentique_token: of the one account that
    the simulator of Autentique takes. admin_password: PostgreSQL's, for set-up and rebuild only.
    """

    services: tuple[Service, ...]
    env: dict[str, str]
    urls: dict[str, str]
    data: Path
    webhook_secret: str
    autentique_token: str
    admin_password: str

    @property
    def token_file(self) -> Path:
        """Where set-up leaves the bootstrap token (0600)."""
        return self.data / "bootstrap.token"


def make_plan(data: Path, ports: dict[str, int], secrets: dict[str, str]) -> Plan:
    """ports, secrets: as `cli.stack.ports` and `cli.stack.secrets` give them. Nothing is started."""
    kafka_config = KafkaConfig(data / "kafka", ports["kafka"], ports["kafka_controller"])
    postgres_config = PostgresConfig(data / "postgres", ports["postgres"], secrets["POSTGRES_ADMIN_PASSWORD"])
    clickhouse_config = ClickHouseConfig(
        data / "clickhouse", ports["clickhouse"], secrets["CLICKHOUSE_PASSWORD"], secrets["CLICKHOUSE_ANALYST_PASSWORD"]
    )
    given = {k: v for k, v in {**dotenv_values(".env"), **os.environ}.items() if k.startswith("LEGION_") and v}
    urls = {
        name: f"http://{HOST}:{ports[name]}"
        for name in ("api", "evolution", "openai", "clickhouse", "mail", "autentique", "meta")
    }
    simulated = simulated_providers(given)
    env = DEFAULTS | given | _own(data, ports, secrets) | _simulated(simulated, secrets, urls)
    if "mail" in simulated:
        env |= _sink(ports["smtp"], secrets["SMTP_PASSWORD"], urls["mail"])
    simulators = _simulators(simulated, data, ports, secrets, urls)
    env |= {ADMIN_VARIABLE: ""}  # empty is unset: whatever the shell says, no process that runs on may know it
    admin = {ADMIN_VARIABLE: secrets["POSTGRES_ADMIN_PASSWORD"]}
    services = (
        Service(
            "kafka",
            kafka.argv(kafka_config, data / JARS),
            ready=lambda: kafka.ready(kafka_config),
            ready_timeout_s=240,  # formatting and a recovery of its log, on a busy machine
        ),
        Service(
            "postgres",
            postgres.argv(postgres_config),
            env={postgres.PASSWORD_VARIABLE: secrets["POSTGRES_ADMIN_PASSWORD"]},
            ready=lambda: postgres.ready(postgres_config),
            stop_signal=SIGINT,  # fast shutdown: aborts transactions, needs no recovery
        ),
        Service(
            "clickhouse",
            clickhouse.argv(clickhouse_config),
            env=clickhouse.environment(clickhouse_config),
            ready=lambda: clickhouse.ready(clickhouse_config),
        ),
        _ours("setup", env | admin, STORES, None),
        *simulators,
        _ours("api", env, ("setup",), lambda: answers(f"{urls['api']}/health/live")),
        *(_ours(name, env, ("setup",), None) for name in ("writer", "projector", "analytics", "signer")),
        _ours("streams", env, ("setup", *(s.name for s in simulators)), None),
    )
    services = tuple(replace(service, env={**service.env, **KEEP_BYTE_CODE}) for service in services)
    return Plan(
        services,
        env | KEEP_BYTE_CODE,
        urls,
        data,
        webhook_secret=secrets["WEBHOOK_SECRET"],
        autentique_token=secrets["AUTENTIQUE_TOKEN"],
        admin_password=secrets["POSTGRES_ADMIN_PASSWORD"],
    )


def _ours(name: str, env: dict[str, str], after: tuple[str, ...], ready: Ready | None) -> Service:
    argv = [sys.executable, "-m", "cli", name]
    return Service(name, argv, env=env, after=after, ready=ready, one_shot=name == "setup")


def _own(data: Path, ports: dict[str, int], secrets: dict[str, str]) -> dict[str, str]:
    """The embedded servers, whatever the environment or `.env` says: they may be set for another Legion."""
    return {
        "LEGION_KAFKA_BOOTSTRAP": f"{HOST}:{ports['kafka']}",
        "LEGION_TOPIC_PREFIX": "legion.",
        "LEGION_PARTITIONS": str(PARTITIONS),
        "LEGION_SINGLE_NODE": "true",
        "LEGION_POSTGRES_HOST": HOST,
        "LEGION_POSTGRES_PORT": str(ports["postgres"]),
        "LEGION_POSTGRES_ADMIN_USER": "postgres",
        "LEGION_POSTGRES_ROLE_SECRET": secrets["POSTGRES_ROLE_SECRET"],
        "LEGION_VAULT_KEKS": secrets["VAULT_KEKS"],
        "LEGION_CLICKHOUSE_HOST": HOST,
        "LEGION_CLICKHOUSE_PORT": str(ports["clickhouse"]),
        "LEGION_CLICKHOUSE_USER": "legion",
        "LEGION_CLICKHOUSE_PASSWORD": secrets["CLICKHOUSE_PASSWORD"],
        "LEGION_CLICKHOUSE_DATABASE": "legion",
        "LEGION_API_HOST": HOST,
        "LEGION_API_PORT": str(ports["api"]),
        "LEGION_DATA_DIR": str(data),
        "LEGION_SIGNER_DIR": str(data / "signer"),
        "LEGION_METRICS_PORT": "0",  # one number for several processes on one machine cannot be
    }


def simulated_providers(given: Mapping[str, str]) -> frozenset[str]:
    """Of `evolution`, `openai`, `mail`, `autentique`, `meta` each whose real service neither environment nor `.env`
    sets."""
    real = {
        "openai": "LEGION_OPENAI_API_KEY" in given,
        "evolution": {"LEGION_EVOLUTION_URL", "LEGION_EVOLUTION_API_KEY"} <= given.keys(),
        "mail": "LEGION_SMTP_HOST" in given,
        "autentique": "LEGION_AUTENTIQUE_URL" in given,
        "meta": "LEGION_META_URL" in given,
    }
    return frozenset(name for name, there in real.items() if not there)


def _simulated(simulated: frozenset[str], secrets: dict[str, str], urls: dict[str, str]) -> dict[str, str]:
    """Where the simulators are: address and key together, so that a key never goes to a service it is not for."""
    env: dict[str, str] = {}
    if "evolution" in simulated:
        env |= {"LEGION_EVOLUTION_URL": urls["evolution"], "LEGION_EVOLUTION_API_KEY": secrets["EVOLUTION_API_KEY"]}
    if "openai" in simulated:
        env |= {"LEGION_OPENAI_URL": f"{urls['openai']}/v1", "LEGION_OPENAI_API_KEY": secrets["OPENAI_API_KEY"]}
    if "autentique" in simulated:
        env |= {"LEGION_AUTENTIQUE_URL": urls["autentique"]}
    if "meta" in simulated:
        env |= {"LEGION_META_URL": urls["meta"]}
    return env


def _sink(smtp_port: int, password: str, url: str) -> dict[str, str]:
    """The mail server that delivers nothing. A login of its own, so that a real one never reaches it."""
    return {
        "LEGION_SMTP_HOST": HOST,
        "LEGION_SMTP_PORT": str(smtp_port),
        "LEGION_SMTP_USER": "legion",
        "LEGION_SMTP_PASSWORD": password,
        "LEGION_SMTP_TLS": "none",
        "LEGION_MAIL_FROM": "Legion <legion@legion.example>",
        "LEGION_MAIL_SINK_URL": url,
    }


def _simulators(
    simulated: frozenset[str], data: Path, ports: dict[str, int], secrets: dict[str, str], urls: dict[str, str]
) -> list[Service]:
    found: list[Service] = []
    if "evolution" in simulated:
        argv = [sys.executable, "-m", "simulators.evolution", "--port", str(ports["evolution"])]
        argv += ["--data", str(data / "evolution"), "--events-url", f"{urls['api']}/v1/events"]
        env = {
            "LEGION_SIM_API_KEY": secrets["EVOLUTION_API_KEY"],
            "LEGION_SIM_EVENTS_TENANT": DEMO_COMPANY,
            "LEGION_SIM_EVENTS_TOKEN_FILE": str(data / "bootstrap.token"),
        }
        found.append(Service("evolution", argv, env=env, ready=lambda: answers(f"{urls['evolution']}/")))
    if "openai" in simulated:
        argv = [sys.executable, "-m", "simulators.openai", "--port", str(ports["openai"])]
        found.append(Service("openai", argv, ready=lambda: answers(f"{urls['openai']}/v1/models")))
    if "mail" in simulated:
        argv = [sys.executable, "-m", "simulators.mail", "--port", str(ports["mail"])]
        argv += ["--smtp-port", str(ports["smtp"])]
        env = {"LEGION_SIM_SMTP_PASSWORD": secrets["SMTP_PASSWORD"]}
        found.append(Service("mail", argv, env=env, ready=lambda: answers(f"{urls['mail']}/_sim/mails")))
    if "autentique" in simulated:
        argv = [sys.executable, "-m", "simulators.autentique", "--port", str(ports["autentique"])]
        env = {"LEGION_SIM_API_KEY": secrets["AUTENTIQUE_TOKEN"]}
        found.append(Service("autentique", argv, env=env, ready=lambda: answers(f"{urls['autentique']}/")))
    if "meta" in simulated:
        argv = [sys.executable, "-m", "simulators.meta", "--port", str(ports["meta"])]
        found.append(Service("meta", argv, ready=lambda: answers(f"{urls['meta']}/_sim/calls")))
    return found
