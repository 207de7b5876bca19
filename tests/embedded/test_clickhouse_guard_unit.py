"""The scanner, the statements it tells apart, and what a read-only login may ask; without an engine."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedded.clickhouse.guard import refusal, refused_functions, setting_allowed
from embedded.clickhouse.scan import Kind, tokens
from embedded.clickhouse.statement import Insert, parse

# As the engine lists them (a few): names come in mixed case.
REFUSED = refused_functions(["file", "url", "s3", "remote", "numbers", "executable", "eval", "deltaLake", "view"])

ALLOWED = [
    "SELECT 1",
    "select count(), file_id, url from leads where note = 'file(x)' -- url(y)",
    "WITH 1 AS x SELECT x",
    "(SELECT 1) UNION ALL (SELECT 2)",
    "SHOW TABLES",
    "DESCRIBE leads",
    "EXPLAIN SELECT 1",
    "EXISTS TABLE leads",
    "SELECT * FROM numbers(10)",
    "SELECT * FROM view(SELECT 1)",
    "SELECT 'ação — “x”', `coluna é`",
    "SELECT 1;",
    "SELECT `file` FROM t WHERE (a, b) IN (1, 2)",
]
REFUSALS = [
    "",
    "INSERT INTO t VALUES (1)",
    "DROP TABLE t",
    "KILL QUERY WHERE 1",
    "BACKUP DATABASE default TO File('x')",
    "SET readonly = 0",
    "SYSTEM FLUSH LOGS",
    "SELECT 1 INTO OUTFILE '/tmp/x'",
    "SELECT 1 into/**/outfile '/tmp/x'",
    "SELECT 1 into -- c\n outfile '/tmp/x'",
    "SELECT 1 # c\n INTO # c\n OUTFILE '/tmp/x'",
    "SELECT $$ ' $$ INTO OUTFILE '/tmp/x' -- '",
    "SELECT $a$ ' $$ ' $a$ INTO OUTFILE '/tmp/x' -- '",
    "SELECT ‘ ' ’ INTO OUTFILE '/tmp/x' -- '",
    "SELECT ‘ok’",
    "EXPLAIN SELECT 1 INTO OUTFILE '/tmp/x'",
    "/* /* */ SELECT */ SELECT 1 INTO OUTFILE 'x' /* */",
    "SELECT file('/etc/passwd')",
    "SELECT FILE ('/etc/passwd')",
    "SELECT file/* c */('/etc/passwd')",
    "SELECT `file`('/etc/passwd')",
    "SELECT \"file\"('/etc/passwd')",
    "SELECT `f\\x69le`('/etc/passwd')",
    "DESCRIBE TABLE file('/etc/passwd')",
    "DESCRIBE TABLE url('http://127.0.0.1/')",
    "SELECT * FROM s3('http://127.0.0.1/b/k')",
    "SELECT * FROM deltalake('x')",
    "SELECT * FROM view(SELECT * FROM url('x'))",
    "SELECT * FROM eval('SELECT 1')",
    "SELECT * FROM Python(os)",
    "SELECT * FROM `pyth\\x6fn`(os)",
    "SELECT aiGenerate('x')",
    "SELECT sleep(3)",
]


@pytest.mark.parametrize("sql", ALLOWED)
def test_questions_are_allowed(sql: str) -> None:
    assert refusal(sql.encode(), REFUSED) is None


@pytest.mark.parametrize("sql", REFUSALS)
def test_whatever_reaches_outside_is_refused(sql: str) -> None:
    assert refusal(sql.encode(), REFUSED) is not None


def test_only_harmless_settings_are_a_readers_to_choose() -> None:
    assert setting_allowed("max_threads")
    assert setting_allowed("output_format_json_quote_64bit_integers")
    assert not setting_allowed("readonly")
    assert not setting_allowed("max_execution_time")


def words(sql: str) -> list[str]:
    return [token.text for token in tokens(sql.encode())]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("a/* x /* y */ z */b", ["a", "b"]),
        ("a -- x\nb", ["a", "b"]),
        ("'it''s' \"a\"\"b\"", ["'it''s'", '"a""b"']),
        ("'a\\'b' c", ["'a\\'b'", "c"]),
        ("$x$ ' $x$ y", ["$x$ ' $x$", "y"]),
        ("'open", ["'open"]),
        ("$$open", ["$$open"]),
        ("a /* open", ["a"]),
        ("1.5e3,x", ["1.5e3", ",", "x"]),
        ("a - b", ["a", "-", "b"]),
    ],
)
def test_tokens_are_those_of_the_engines_lexer(sql: str, expected: list[str]) -> None:
    assert words(sql) == expected


@given(st.binary(max_size=200))
def test_any_bytes_are_scanned_in_order_and_to_an_end(raw: bytes) -> None:
    at = 0
    for token in tokens(raw):
        assert at <= token.start < token.end <= len(raw)
        at = token.end


@given(st.text(alphabet="'\\ab\n$", max_size=20))
def test_a_quoted_string_is_one_token_whatever_it_holds(text: str) -> None:
    literal = "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
    found = list(tokens(literal.encode()))
    assert [token.kind for token in found] == [Kind.STRING]


@pytest.mark.parametrize(
    ("sql", "insert"),
    [
        (b"INSERT INTO t (a) FORMAT Native\n\x00\xff;'", Insert("INSERT INTO t (a) ", "Native", b"\x00\xff;'")),
        (b"insert into t format TSV\n\n1\n", Insert("insert into t ", "TSV", b"\n1\n")),
        (b"INSERT INTO t FORMAT TSV", Insert("INSERT INTO t ", "TSV", b"")),
        (b"INSERT INTO t VALUES (1), (2)", Insert("INSERT INTO t ", "Values", b" (1), (2)")),
        (b"INSERT INTO t (format, values) VALUES (1)", Insert("INSERT INTO t (format, values) ", "Values", b" (1)")),
        (b"INSERT INTO t SELECT 1 FORMAT TSV", None),
        (b"INSERT INTO t", None),
    ],
)
def test_inserted_data_is_told_from_the_statement(sql: bytes, insert: Insert | None) -> None:
    assert parse(sql).insert == insert


@pytest.mark.parametrize(
    ("sql", "format_name", "question"),
    [
        (b"SELECT 1 FORMAT JSON", "JSON", b"SELECT 1 "),
        (b"SELECT 1 FORMAT JSON;", "JSON", b"SELECT 1 "),
        (b"SELECT 1 FORMAT JSON SETTINGS max_threads = 1", "JSON", b"SELECT 1 "),
        (b"SELECT 'FORMAT JSON'", None, b"SELECT 'FORMAT JSON'"),
        (b"SELECT format FROM t", None, b"SELECT format FROM t"),
        (b"SELECT (SELECT 1 FORMAT JSON)", None, b"SELECT (SELECT 1 FORMAT JSON)"),
    ],
)
def test_the_asked_format_is_found(sql: bytes, format_name: str | None, question: bytes) -> None:
    parsed = parse(sql)
    assert (parsed.format, parsed.question) == (format_name, question)


@pytest.mark.parametrize(
    ("sql", "several"),
    [(b"SELECT 1;", False), (b"SELECT ';'", False), (b"SELECT 1;;", False), (b"SELECT 1; SELECT 2", True)],
)
def test_several_statements_are_noticed(sql: bytes, several: bool) -> None:
    assert parse(sql).several is several
