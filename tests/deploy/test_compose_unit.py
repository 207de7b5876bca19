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
OURS = {"setup", "api", "writer", "projector", "analytics", "streams"}


def compose(*args: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMPOSE, "--profile", "*", *args],
        cwd=ROOT,
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


def test_every_service_has_a_health_check_but_the_one_that_ends(services: dict[str, Any]) -> None:
    unchecked = {n for n, s in services.items() if s.get("healthcheck", {"disable": True}).get("disable")}
    assert unchecked == {"setup"}


def test_no_service_runs_as_root(services: dict[str, Any]) -> None:
    assert {n for n, s in services.items() if s.get("user", "0").split(":")[0] in {"", "0", "root"}} == set()


def test_published_ports_follow_the_environment(services: dict[str, Any]) -> None:
    moved = {"KAFKA": "19555", "POSTGRES": "15555", "CLICKHOUSE": "18555", "API": "18556", "CONSOLE": "18557"}
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


def test_only_those_that_make_schemas_know_the_admin_password(services: dict[str, Any]) -> None:
    knowing = {n for n in OURS if "LEGION_POSTGRES_ADMIN_PASSWORD" in services[n]["environment"]}
    assert knowing == {"setup", "streams"}


def test_the_dockerfile_passes_hadolint() -> None:
    done = subprocess.run(
        [str(BIN / "hadolint"), str(ROOT / "deploy/legion/Dockerfile")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
