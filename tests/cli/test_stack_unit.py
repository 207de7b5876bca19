"""What the embedded stack takes from the environment, and how an operator's command finds it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from cli.stack.environment import FILE, announced, operator_settings
from cli.stack.plan import Plan, make_plan, simulated_providers
from cli.stack.ports import StackPorts
from cli.stack.run import run_stack
from cli.stack.secrets import load_secrets
from embedded.locks import hold

REAL_AI = {"LEGION_OPENAI_API_KEY": "k"}
REAL_MAIL = {"LEGION_SMTP_HOST": "smtp.example"}
REAL_SIGNING = {"LEGION_AUTENTIQUE_URL": "https://api.autentique.com.br"}
REAL_META = {"LEGION_META_URL": "https://graph.facebook.com"}
REAL_PHONE = {"LEGION_EVOLUTION_API_KEY": "k", "LEGION_EVOLUTION_URL": "http://evolution.example"}

ALL = {"evolution", "openai", "mail", "autentique", "meta"}


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A folder without `.env`, a shell without LEGION_*; what a test's subject sets is undone."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("os.environ", {"PATH": "/usr/bin:/bin"})


def plan(folder: Path) -> Plan:
    return make_plan(folder, StackPorts().resolved(), load_secrets(folder))


@pytest.mark.parametrize(
    ("given", "simulated"),
    [
        ({}, ALL),
        (REAL_AI, ALL - {"openai"}),
        (REAL_PHONE, ALL - {"evolution"}),
        (REAL_MAIL, ALL - {"mail"}),
        (REAL_SIGNING, ALL - {"autentique"}),
        ({"LEGION_EVOLUTION_URL": "http://evolution.example"}, ALL),  # half is none
        ({"LEGION_SMTP_PASSWORD": "k"}, ALL),
        (REAL_META, ALL - {"meta"}),
        (REAL_AI | REAL_PHONE | REAL_MAIL | REAL_SIGNING | REAL_META, set()),
    ],
)
def test_a_provider_is_simulated_unless_the_real_one_is_set(given: dict[str, str], simulated: set[str]) -> None:
    assert simulated_providers(given) == simulated


def test_a_real_key_never_goes_to_a_simulator_nor_a_simulators_to_the_real_service(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LEGION_OPENAI_API_KEY=real\n")
    env = plan(tmp_path).env
    assert env["LEGION_OPENAI_API_KEY"] == "real"
    assert "LEGION_OPENAI_URL" not in env  # the settings' default: the service itself
    (tmp_path / ".env").write_text("LEGION_OPENAI_URL=https://api.openai.com/v1\n")
    env = plan(tmp_path).env
    assert env["LEGION_OPENAI_URL"].startswith("http://127.0.0.1:")
    assert env["LEGION_OPENAI_API_KEY"] == load_secrets(tmp_path)["OPENAI_API_KEY"]


def test_a_real_mail_login_never_goes_to_the_sink_nor_a_mail_to_both(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LEGION_SMTP_USER=real\nLEGION_SMTP_PASSWORD=real\nLEGION_SMTP_TLS=tls\n")
    made = plan(tmp_path)
    assert (made.env["LEGION_SMTP_HOST"], made.env["LEGION_SMTP_TLS"]) == ("127.0.0.1", "none")
    assert made.env["LEGION_SMTP_PASSWORD"] == load_secrets(tmp_path)["SMTP_PASSWORD"]
    assert made.env["LEGION_SMTP_USER"] != "real"
    assert "mail" in {service.name for service in made.services}
    (tmp_path / ".env").write_text("LEGION_SMTP_HOST=smtp.example\nLEGION_SMTP_PASSWORD=real\n")
    made = plan(tmp_path)
    assert (made.env["LEGION_SMTP_HOST"], made.env["LEGION_SMTP_PASSWORD"]) == ("smtp.example", "real")
    assert "LEGION_MAIL_SINK_URL" not in made.env
    assert "mail" not in {service.name for service in made.services}


def test_an_env_file_for_another_legion_does_not_reach_the_embedded_servers(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LEGION_KAFKA_BOOTSTRAP=redpanda:9092\nLEGION_POSTGRES_HOST=postgres\n")
    env = plan(tmp_path).env
    assert env["LEGION_KAFKA_BOOTSTRAP"].startswith("127.0.0.1:")
    assert env["LEGION_POSTGRES_HOST"] == "127.0.0.1"


def test_an_operators_command_finds_the_stack_that_runs_here(tmp_path: Path) -> None:
    data = tmp_path / ".legion"
    data.mkdir()
    with announced(plan(data)):
        assert (data / FILE).stat().st_mode & 0o077 == 0
        settings = operator_settings()
        assert settings.kafka_bootstrap.startswith("127.0.0.1:")
        assert settings.admin_dsn().startswith("postgresql://postgres:")
    assert not (data / FILE).exists()


def test_whoever_names_a_log_gets_nothing_of_the_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / ".legion"
    data.mkdir()
    monkeypatch.setenv("LEGION_KAFKA_BOOTSTRAP", "log.example:9092")
    with announced(plan(data)), pytest.raises(SystemExit, match="78"):
        operator_settings()


def test_without_a_stack_what_is_missing_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="78"):
        operator_settings()
    assert "LEGION_KAFKA_BOOTSTRAP" in capsys.readouterr().err


async def test_a_second_stack_on_the_folder_leaves_the_first_ones_announcement(tmp_path: Path) -> None:
    running = hold(tmp_path)
    with announced(plan(tmp_path)):
        told = (tmp_path / FILE).read_bytes()
        with pytest.raises(SystemExit, match="in use"):
            await run_stack(
                make_plan(tmp_path, StackPorts(port_base=20000).resolved(), load_secrets(tmp_path)), out=sys.stdout
            )
        assert (tmp_path / FILE).read_bytes() == told
    os.close(running)
