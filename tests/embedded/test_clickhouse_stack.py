"""The embedded ClickHouse, asked by the clients that the real one has."""

from __future__ import annotations

import gzip
import json
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import clickhouse_connect
import cramjam
import httpx
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError, StreamFailureError

from proof.servers import ClickHouse

pytestmark = pytest.mark.stack


def connect(server: ClickHouse, **options: Any) -> Client:
    return clickhouse_connect.get_client(
        host=server.host, port=server.port, username=server.user, password=server.password, **options
    )


@pytest.fixture
def client(clickhouse: ClickHouse) -> Iterator[Client]:
    made = connect(clickhouse)
    yield made
    made.close()


@pytest.fixture
def http(clickhouse: ClickHouse) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=clickhouse.url, auth=(clickhouse.user, clickhouse.password)) as made:
        yield made


@pytest.fixture
def table(client: Client) -> str:
    name = f"t_{uuid.uuid4().hex}"
    client.command(f"CREATE TABLE {name} (a Int64, s String, at DateTime64(3, 'UTC')) ENGINE = MergeTree ORDER BY a")
    return name


AT = datetime(2026, 11, 25, 12, 30, tzinfo=UTC)


def test_rows_inserted_are_read_back(client: Client, table: str) -> None:
    summary = client.insert(table, [[1, "ação", AT], [2, "b", AT]], column_names=["a", "s", "at"])
    assert summary.written_rows == 2
    rows = client.query(f"SELECT a, s, at FROM {table} ORDER BY a", query_tz="UTC").result_rows
    assert [row[:2] for row in rows] == [(1, "ação"), (2, "b")]
    assert rows[0][2].replace(tzinfo=UTC) == AT


@pytest.mark.parametrize("compression", [True, "lz4", "zstd", "gzip", False])
def test_every_compression_carries_both_ways(clickhouse: ClickHouse, table: str, compression: bool | str) -> None:
    client = connect(clickhouse, compress=compression)
    client.insert(table, [[n, "x" * 50, AT] for n in range(5000)])
    assert len(client.query(f"SELECT * FROM {table}").result_rows) == 5000


def test_parameters_are_values_never_sql(client: Client) -> None:
    nasty = "'; DROP TABLE x; -- \\ \t \n ação"
    sql = "SELECT {s:String}, {n:Int64}, {l:Array(String)}, {d:DateTime64(3)}"
    row = client.query(sql, parameters={"s": nasty, "n": -7, "l": [nasty, ""], "d": AT}).result_rows[0]
    assert row[:3] == (nasty, -7, [nasty, ""])


def test_parameters_may_be_inserted(client: Client, table: str) -> None:
    sql = f"INSERT INTO {table} (a, s) VALUES ({{a:Int64}}, {{s:String}})"
    client.command(sql, parameters={"a": 5, "s": "it's"})
    assert client.query(f"SELECT a, s FROM {table}").result_rows == [(5, "it's")]


def test_long_parameters_travel_as_a_form(clickhouse: ClickHouse) -> None:
    client = connect(clickhouse, form_encode_query_params=True)
    assert client.query("SELECT length({s:String})", parameters={"s": "é" * 100_000}).result_rows == [(200_000,)]


def test_columns_are_known_even_without_rows_and_data_frames_work(client: Client, table: str) -> None:
    assert client.query(f"SELECT a, s FROM {table} WHERE a < 0").column_names == ("a", "s")
    client.insert(table, [[3, "c", AT]])
    assert client.query_df(f"SELECT a, s FROM {table}").to_dict("records") == [{"a": 3, "s": "c"}]
    assert client.query_arrow(f"SELECT a FROM {table}").num_rows == 1


def test_large_results_come_in_blocks(client: Client) -> None:
    with client.query_row_block_stream("SELECT number FROM numbers(300000)") as blocks:
        sizes = [len(block) for block in blocks]
    assert sum(sizes) == 300_000
    assert len(sizes) > 1


def test_an_error_after_the_first_block_reaches_the_reader(client: Client) -> None:
    # Far enough that the first block is out before the engine gets there.
    sql = "SELECT number, throwIf(number = 20000000, 'too far') FROM numbers(21000000) SETTINGS max_threads = 1"
    with pytest.raises(StreamFailureError, match="too far"), client.query_row_block_stream(sql) as blocks:
        for _ in blocks:
            pass


def test_settings_and_database_last_one_request(client: Client, http: httpx.Client) -> None:
    client.command("CREATE DATABASE IF NOT EXISTS other")
    assert http.get("/", params={"query": "SELECT currentDatabase()", "database": "other"}).text == "other\n"
    assert http.get("/", params={"query": "SELECT currentDatabase()"}).text == "default\n"
    sql = "SELECT value FROM system.settings WHERE name = 'max_block_size'"
    assert http.get("/", params={"query": sql, "max_block_size": "123"}).text == "123\n"
    assert http.get("/", params={"query": sql}).text != "123\n"


def test_a_retried_batch_with_the_same_token_counts_once(client: Client) -> None:
    name = f"d_{uuid.uuid4().hex}"
    client.command(
        f"CREATE TABLE {name} (a Int64) ENGINE = MergeTree ORDER BY a"
        " SETTINGS non_replicated_deduplication_window = 100"
    )
    for _ in range(2):
        client.insert(name, [[1], [2]], column_names=["a"], settings={"insert_deduplication_token": "batch-1"})
    assert client.command(f"SELECT count() FROM {name}") == 2
    client.insert(name, [[1], [2]], column_names=["a"], settings={"insert_deduplication_token": "batch-2"})
    assert client.command(f"SELECT count() FROM {name}") == 4


@pytest.mark.parametrize(
    ("sql", "code", "status"),
    [
        ("SELEC 1", 62, 400),
        ("SELECT 1; SELECT 2", 62, 400),
        ("SELECT * FROM nowhere", 60, 404),
        ("SELECT nothing", 47, 404),
        ("SELECT throwIf(1)", 395, 500),
        ("INSERT INTO nowhere FORMAT TSV\n1", 60, 404),
        ("INSERT INTO nowhere SELECT 1", 60, 404),
    ],
)
def test_errors_are_worded_and_numbered_as_clickhouse_does(
    http: httpx.Client, sql: str, code: int, status: int
) -> None:
    answer = http.post("/", content=sql)
    assert (answer.status_code, answer.headers["X-ClickHouse-Exception-Code"]) == (status, str(code))
    assert answer.text.startswith(f"Code: {code}. DB::Exception: ")


def test_errors_reach_the_python_client_with_their_code(client: Client) -> None:
    with pytest.raises(DatabaseError) as caught:
        client.query("SELECT * FROM nowhere")
    assert caught.value.code == 60


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("", b'INSERT INTO {t} (a, s) FORMAT JSONEachRow\n{"a": 1, "s": "x;y"}\n'),
        ("INSERT INTO {t} (a, s) FORMAT CSV", b"1,x;y\n"),
        ("INSERT INTO {t} (a, s) VALUES", b"(1, 'x;y')"),
        ("", b"INSERT INTO {t} (a, s) VALUES (1, 'x;y')"),
        ("", b"INSERT INTO {t} (a, s) SELECT 1, 'x;y'"),
        ("INSERT INTO {t} (a, s) SETTINGS async_insert = 0 FORMAT TabSeparated", b"1\tx;y\n"),
    ],
)
def test_data_may_come_with_the_statement_or_after_it(http: httpx.Client, table: str, query: str, body: bytes) -> None:
    answer = http.post("/", params={"query": query.format(t=table)}, content=body.replace(b"{t}", table.encode()))
    assert answer.status_code == 200, answer.text
    assert json.loads(answer.headers["X-ClickHouse-Summary"])["written_rows"] == "1"
    assert http.get("/", params={"query": f"SELECT a, s FROM {table}"}).text == "1\tx;y\n"


@pytest.mark.parametrize(("encoding", "compress"), [("gzip", gzip.compress), ("zstd", cramjam.zstd.compress)])
def test_compressed_bodies_are_understood(http: httpx.Client, encoding: str, compress: Any) -> None:
    answer = http.post("/", content=bytes(compress(b"SELECT 'zip'")), headers={"Content-Encoding": encoding})
    assert answer.text == "zip\n"
    broken = http.post("/", content=b"SELECT 1", headers={"Content-Encoding": encoding})
    assert (broken.status_code, broken.headers["X-ClickHouse-Exception-Code"]) == (400, "36")


def test_formats_and_headers_are_those_of_clickhouse(http: httpx.Client) -> None:
    answer = http.get("/", params={"query": "SELECT 1 AS x FORMAT JSON", "query_id": "q-1"})
    assert answer.json()["data"] == [{"x": 1}]
    assert answer.headers["X-ClickHouse-Query-Id"] == "q-1"
    assert answer.headers["X-ClickHouse-Format"] == "JSON"
    assert answer.headers["X-ClickHouse-Timezone"] == "UTC"
    assert http.get("/", params={"query": "SELECT 1, 'a'", "default_format": "CSV"}).text == '1,"a"\n'
    empty = http.get("/", params={"query": "SELECT 1 AS x WHERE 0 FORMAT JSON"})
    assert empty.json()["rows"] == 0
    assert http.get("/ping", headers={"Authorization": ""}).text == "Ok.\n"
    assert http.get("/nothing").status_code == 404


def test_get_does_not_write(http: httpx.Client, table: str) -> None:
    answer = http.get("/", params={"query": f"INSERT INTO {table} (a) SELECT 1"})
    assert answer.headers["X-ClickHouse-Exception-Code"] == "164"


def test_what_is_absent_says_so(http: httpx.Client) -> None:
    assert http.get("/", params={"query": "SELECT 1", "compress": "1"}).status_code == 501
    external = http.post("/", params={"query": "SELECT 1"}, files={"data": ("data.tsv", b"1\n")})
    assert external.status_code == 501


@pytest.mark.parametrize(
    "sent",
    [
        {"auth": ("legion", "wrong")},
        {"auth": ("nobody", "wrong")},
        {},
        {"headers": {"X-ClickHouse-User": "analyst", "X-ClickHouse-Key": ""}},
        {"headers": {"Authorization": "Basic !!!"}},
    ],
)
def test_strangers_are_refused(clickhouse: ClickHouse, sent: dict[str, Any]) -> None:
    answer = httpx.post(clickhouse.url, content="SELECT 1", **sent)
    assert (answer.status_code, answer.headers["X-ClickHouse-Exception-Code"]) == (403, "516")


def test_all_three_ways_of_naming_oneself_work(clickhouse: ClickHouse) -> None:
    user, password = clickhouse.user, clickhouse.password
    by_header = {"X-ClickHouse-User": user, "X-ClickHouse-Key": password}
    assert httpx.post(clickhouse.url, content="SELECT 1", headers=by_header).text == "1\n"
    by_url = {"user": user, "password": password, "query": "SELECT 1"}
    assert httpx.get(clickhouse.url, params=by_url).text == "1\n"
    assert httpx.post(clickhouse.url, content="SELECT 1", auth=(user, password)).text == "1\n"


def test_many_clients_at_once_get_their_own_answers(clickhouse: ClickHouse, table: str) -> None:
    def work(worker: int) -> int:
        client = connect(clickhouse, autogenerate_session_id=False)
        for n in range(10):
            client.insert(table, [[worker, str(n), AT]])
            assert client.command(f"SELECT {worker} * 1000 + {n}") == worker * 1000 + n
        return 10

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(work, range(8))) == 80
    assert connect(clickhouse).command(f"SELECT count() FROM {table}") == 80
