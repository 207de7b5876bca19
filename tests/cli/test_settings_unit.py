"""Settings: complete in .env.example, and a wrong or missing one stops the start with one line that names it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from cli.settings import PREFIX, Settings, load

GOOD = {
    "KAFKA_BOOTSTRAP": "127.0.0.1:19092",
    "POSTGRES_HOST": "127.0.0.1",
    "POSTGRES_PORT": "15432",
    "POSTGRES_ROLE_SECRET": "role-secret",
    "VAULT_KEKS": "k1:" + "A" * 43 + "=",
    "CLICKHOUSE_HOST": "127.0.0.1",
    "CLICKHOUSE_PORT": "18123",
    "CLICKHOUSE_PASSWORD": "x",
    "EVOLUTION_URL": "http://127.0.0.1:18081",
    "EVOLUTION_API_KEY": "x",
    "OPENAI_API_KEY": "x",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(PREFIX + name.upper(), raising=False)
    for name, value in GOOD.items():
        monkeypatch.setenv(PREFIX + name, value)
    return monkeypatch


def stopped(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    with pytest.raises(SystemExit) as end:
        load()
    assert end.value.code == 78
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    line: dict[str, str] = json.loads(lines[0])
    return line


def test_every_setting_stands_in_the_example_and_nothing_else_does() -> None:
    example = (Path(__file__).parents[2] / ".env.example").read_text()
    named = set(re.findall(r"^LEGION_(\w+)=", example, re.MULTILINE))
    assert named == {name.upper() for name in Settings.model_fields}


def test_good_settings_load() -> None:
    assert load().postgres_port == 15432


@pytest.mark.parametrize("name", sorted(GOOD))
def test_a_missing_one_is_named(name: str, environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    environment.delenv(PREFIX + name)
    assert stopped(capsys)["setting"] == PREFIX + name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("POSTGRES_PORT", "port"),
        ("PARTITIONS", "0"),
        ("VAULT_KEKS", "k1:short"),
        ("LOG_LEVEL", "x"),
        ("AI_PRICES", "m=1"),
        ("SMTP_TLS", "maybe"),
        ("RATE_ADDRESS", "0"),
        ("TRUSTED_PROXIES", "127.0.0.1,everybody"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("CORS_ORIGINS", "https://console.example,*"),
        ("CORS_ORIGINS", "null"),
        ("CORS_ORIGINS", "https://*.example"),
        ("CORS_ORIGINS", "https://console.example/"),
        ("REQUEST_RULES", "/nowhere/rules.json"),
        ("REQUEST_RULES", '[{"id": "x", "action": "ban", "path": "*"}]'),
        ("MAIL_FROM", "nobody"),
        ("MAIL_FROM", "A\nBcc: b@example.org <a@example.org>"),
    ],
)
def test_a_wrong_one_is_named_and_its_value_not_shown(
    name: str, value: str, environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.setenv(PREFIX + name, value)
    line = stopped(capsys)
    assert line["setting"] == PREFIX + name
    assert value not in line["why"] or len(value) < 3


def test_request_rules_come_from_the_variable_or_from_a_file(
    environment: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = '[{"id": "scanner", "action": "block", "path": "*.php"}]'
    environment.setenv("LEGION_REQUEST_RULES", rules)
    written = tmp_path / "rules.json"
    written.write_text(rules)
    given = load().edge.rules
    environment.setenv("LEGION_REQUEST_RULES", str(written))
    assert [rule.id for rule in load().edge.rules] == [rule.id for rule in given] == ["scanner"]
    written.write_text('[{"id": "scanner", "action": "block"}]')
    assert stopped(capsys)["why"].endswith(
        "rule 0 (scanner): Value error, needs a condition: path, headers, countries, addresses or rate"
    )


def test_a_mail_server_needs_a_sender(environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    environment.setenv("LEGION_SMTP_HOST", "smtp.example")
    assert stopped(capsys)["setting"] == "LEGION_MAIL_FROM"
    environment.setenv("LEGION_MAIL_FROM", "Legion <legion@legion.example>")
    assert load().smtp_port == 587


def test_a_mail_servers_password_is_never_sent_in_the_clear(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in (("HOST", "smtp.example"), ("PASSWORD", "x"), ("TLS", "none")):
        environment.setenv(f"LEGION_SMTP_{name}", value)
    environment.setenv("LEGION_MAIL_FROM", "legion@legion.example")
    assert stopped(capsys)["setting"] == "LEGION_SMTP_TLS"
    environment.setenv("LEGION_SMTP_HOST", "127.0.0.1")
    load()


def test_links_lead_to_the_console_or_to_the_api(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("LEGION_API_PUBLIC_URL", "https://legion.example")
    assert load().links_url == "https://legion.example"
    environment.setenv("LEGION_CONSOLE_URL", "https://console.example/")
    assert load().links_url == "https://console.example"


def test_an_empty_value_counts_as_missing(environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    environment.setenv("LEGION_KAFKA_BOOTSTRAP", "")
    assert stopped(capsys)["setting"] == "LEGION_KAFKA_BOOTSTRAP"


def test_an_admin_step_without_the_admin_password_is_stopped(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        load().admin_dsn()
    assert "LEGION_POSTGRES_ADMIN_PASSWORD" in capsys.readouterr().err


def test_role_passwords_differ_by_role_and_secret(environment: pytest.MonkeyPatch) -> None:
    first = load()
    environment.setenv("LEGION_POSTGRES_ROLE_SECRET", "another")
    assert len({first.role_password("a"), first.role_password("b"), load().role_password("a")}) == 3
