"""What the analysts' login cannot do, tried on the running server; each attempt works, or leaks, without the guard."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import clickhouse_connect
import httpx
import pytest

from proof.servers import ClickHouse

pytestmark = pytest.mark.stack


@pytest.fixture
def analyst(clickhouse: ClickHouse) -> Iterator[httpx.Client]:
    auth = (clickhouse.readonly_user, clickhouse.readonly_password)
    with httpx.Client(base_url=clickhouse.url, auth=auth) as made:
        yield made


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "secret.csv"
    file.write_text("column_secret\n1\n")
    return file


def test_an_analyst_asks_with_the_usual_client(clickhouse: ClickHouse) -> None:
    client = clickhouse_connect.get_client(
        host=clickhouse.host,
        port=clickhouse.port,
        username=clickhouse.readonly_user,
        password=clickhouse.readonly_password,
    )
    assert client.query("SELECT {n:Int64} + 1", parameters={"n": 41}).result_rows == [(42,)]
    python = client.query("SELECT {s:String}", parameters={"s": "python outfile"}).result_rows
    assert python == [("python outfile",)]  # a parameter may hold what the text may not


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 INTO OUTFILE '{out}'",
        "SELECT 1 into/**/outfile '{out}'",
        "SELECT $$ ' $$ INTO OUTFILE '{out}' -- '",
        "EXPLAIN SELECT 1 INTO OUTFILE '{out}'",
        "SELECT file('{secret}')",
        "SELECT `file`('{secret}')",
        "DESCRIBE TABLE file('{secret}')",
        "SELECT * FROM file('{secret}')",
        "SELECT * FROM '{secret}'",
        "DESCRIBE TABLE `{secret}`",
        "SELECT * FROM sqlite('{out}', 't')",
        "SELECT * FROM Python(os)",
        "KILL QUERY WHERE 1",
        "CREATE TABLE x (a Int8) ENGINE = Memory",
        "INSERT INTO FUNCTION file('{out}', 'CSV', 'a Int8') VALUES (1)",
        "SET readonly = 0",
        "SELECT 1 SETTINGS readonly = 0",
        "SELECT 1; SET readonly = 0",
        "SYSTEM SHUTDOWN",
    ],
)
def test_nothing_is_written_or_read_outside(analyst: httpx.Client, secret: Path, tmp_path: Path, sql: str) -> None:
    out = tmp_path / "out"
    answer = analyst.post("/", content=sql.replace("{out}", str(out)).replace("{secret}", str(secret)))
    assert answer.status_code >= 400
    assert "column_secret" not in answer.text
    assert not out.exists()


def test_settings_beyond_the_harmless_are_refused(analyst: httpx.Client) -> None:
    refused = analyst.post("/", params={"max_execution_time": "9999"}, content="SELECT 1")
    assert refused.headers["X-ClickHouse-Exception-Code"] == "164"
    assert analyst.post("/", params={"max_threads": "1"}, content="SELECT 1").text == "1\n"


def test_control_readonly_alone_does_not_stop_these(secret: Path, tmp_path: Path) -> None:
    """In an engine of our own with `readonly=1` and no guard: a file is written and another one's header shows."""
    out = tmp_path / "out"
    code = (
        "import sys, chdb; c = chdb.connect(sys.argv[1]); c.query('SET readonly=1');"
        "c.query(f\"SELECT 1 INTO OUTFILE '{sys.argv[2]}'\");"
        "print(c.query(f\"DESCRIBE TABLE file('{sys.argv[3]}')\", 'TSV'))"
    )

    ran = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "engine"), str(out), str(secret)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert out.exists()
    assert "column_secret" in ran.stdout
