"""docker-compose.yml and the image, checked as far as is possible without an engine.

The real Compose resolves the file, hadolint reads the Dockerfile, and each service's environment loads as settings.
Not checked without Docker: that the images build, start and become healthy (tests/conftest.py does with
LEGION_TEST_BACKEND=testcontainers).
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cli.settings import Settings
from cli.stack.plan import make_plan
from cli.stack.ports import StackPorts
from cli.stack.secrets import load_secrets

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
COMPOSE = str(Path(str(importlib.util.find_spec("compose").origin)).parent / "docker-compose")  # type: ignore[union-attr]  # locked
"""The binary itself: the package's own wrapper swallows its exit code."""
SECRETS = {
    "LEGION_POSTGRES_ROLE_SECRET": "s",
    "LEGION_POSTGRES_ADMIN_PASSWORD": "s",
    "LEGION_VAULT_KEKS": "k1:" + "A" * 43 + "=",
    "LEGION_CLICKHOUSE_PASSWORD": "s",
    "LEGION_EVOLUTION_URL": "http://evolution:8080",
    "LEGION_EVOLUTION_API_KEY": "s",
    "LEGION_OPENAI_API_KEY": "s",
}
OURS = {"setup", "api", "writer", "projector", "analytics", "streams", "signer"}


def compose(*args: str, env: dict[str, str], folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMPOSE, "--profile", "*", *args],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")} | env,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    done = compose("config", "--format", "json", env=SECRETS)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)["services"]
    return found


def test_a_missing_secret_is_named_and_nothing_starts() -> None:
    done = compose("config", "-q", env={k: v for k, v in SECRETS.items() if k != "LEGION_VAULT_KEKS"})
    assert done.returncode != 0
    assert "LEGION_VAULT_KEKS" in done.stderr


def test_every_service_has_a_health_check_but_those_that_end(services: dict[str, Any]) -> None:
    unchecked = {n for n, s in services.items() if s.get("healthcheck", {"disable": True}).get("disable")}
    assert unchecked == {"setup", "schemas"}


def test_no_service_runs_as_root(services: dict[str, Any]) -> None:
    assert {n for n, s in services.items() if s.get("user", "0").split(":")[0] in {"", "0", "root"}} == set()


def test_published_ports_follow_the_environment(services: dict[str, Any]) -> None:
    moved = {
        "KAFKA": "19555",
        "POSTGRES": "15555",
        "CLICKHOUSE": "18555",
        "API": "18556",
        "CONSOLE": "18557",
        "MAIL": "18558",
    }
    done = compose("config", "--format", "json", env=SECRETS | {f"LEGION_PORT_{k}": v for k, v in moved.items()})
    after = json.loads(done.stdout)["services"]
    published = {port["published"] for service in after.values() for port in service.get("ports", [])}
    assert published == set(moved.values())
    assert services.keys() == after.keys()


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_services_load_their_settings(name: str, services: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in services[name]["environment"].items():
        monkeypatch.setenv(key, value)
    settings = Settings(_env_file=None)
    assert settings.kafka_bootstrap == "redpanda:9092"


def test_without_a_mail_server_mailpit_takes_the_mails(services: dict[str, Any]) -> None:
    def told(found: dict[str, Any]) -> tuple[str, ...]:
        env = found["streams"]["environment"]
        return tuple(env[f"LEGION_SMTP_{name}"] for name in ("HOST", "PORT", "TLS"))

    assert told(services) == ("mailpit", "1025", "none")
    real = {"LEGION_SMTP_HOST": "smtp.example", "LEGION_SMTP_PORT": "587", "LEGION_SMTP_TLS": "starttls"}
    done = compose("config", "--format", "json", env=SECRETS | real)
    assert told(json.loads(done.stdout)["services"]) == tuple(real.values())


@pytest.mark.parametrize("from_file", [False, True])
def test_only_the_set_up_knows_the_admin_password(from_file: bool, tmp_path: Path) -> None:
    """Also where `.env` holds it, which Compose gives to every service."""
    (tmp_path / "docker-compose.yml").write_text((ROOT / "docker-compose.yml").read_text())
    if from_file:
        (tmp_path / ".env").write_text("".join(f"{key}={value}\n" for key, value in SECRETS.items()))
    done = compose("config", "--format", "json", env={} if from_file else SECRETS, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    environments = {name: json.loads(done.stdout)["services"][name]["environment"] for name in OURS}
    assert {n for n, env in environments.items() if env["LEGION_POSTGRES_ROLE_SECRET"] == "s"} == OURS  # control
    assert {n for n, env in environments.items() if env.get("LEGION_POSTGRES_ADMIN_PASSWORD")} == {"setup"}


def test_an_empty_admin_password_is_none(services: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in services["streams"]["environment"].items():
        monkeypatch.setenv(key, value)
    settings = Settings(_env_file=None)
    assert settings.postgres_admin_password is None
    with pytest.raises(SystemExit):
        settings.admin_dsn()


def test_in_the_embedded_stack_only_the_set_up_knows_it_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEGION_POSTGRES_ADMIN_PASSWORD", "of-another-server")
    plan = make_plan(tmp_path, StackPorts().resolved(), load_secrets(tmp_path))
    environments = {s.name: {**os.environ, **s.env} for s in plan.services if s.name in OURS}
    assert environments.keys() == OURS
    knowing = {name: env["LEGION_POSTGRES_ADMIN_PASSWORD"] for name, env in environments.items()}
    assert {name for name, password in knowing.items() if password} == {"setup"}
    assert knowing["setup"] == plan.admin_password


def test_the_dockerfile_passes_hadolint() -> None:
    done = subprocess.run(
        [str(BIN / "hadolint"), str(ROOT / "deploy/legion/Dockerfile")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
