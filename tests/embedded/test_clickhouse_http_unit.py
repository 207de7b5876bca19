"""Parsing of requests, logins, compression, errors and the empty Native block; without an engine."""

from __future__ import annotations

import base64
import gzip
import zlib

import cramjam
import pytest

from embedded.clickhouse.codec import choose, decode, encoder
from embedded.clickhouse.errors import ClickHouseError, from_engine
from embedded.clickhouse.logins import Login, authenticate, credentials
from embedded.clickhouse.native import header_block
from embedded.clickhouse.request import parse

LOGINS = (Login("legion", "one"), Login("analyst", "two", read_only=True))


def test_query_and_body_are_one_text_with_the_fields_told_apart() -> None:
    request = parse(
        "POST",
        "query=INSERT+INTO+t+FORMAT+CSV&database=d&param_x=1&max_threads=2&wait_end_of_query=1&session_id=s&query_id=q",
        {"accept-encoding": "gzip"},
        b"1,2",
    )
    assert request.sql == b"INSERT INTO t FORMAT CSV\n1,2"
    assert (request.database, request.query_id, request.wait_end, request.may_write) == ("d", "q", True, True)
    assert request.parameters == {"x": "1"}
    assert request.settings == {"max_threads": "2"}
    assert request.accept_encoding == "gzip"


def test_compression_can_be_declined_and_headers_give_defaults() -> None:
    headers = {"accept-encoding": "gzip", "x-clickhouse-database": "d", "x-clickhouse-format": "CSV"}
    request = parse("GET", "query=SELECT+1&enable_http_compression=0", headers, b"")
    assert (request.accept_encoding, request.database, request.default_format) == ("", "d", "CSV")
    assert not request.may_write


def test_a_form_carries_query_and_parameters() -> None:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="query"\r\n\r\nSELECT {x:String}\r\n'
        b'--b\r\nContent-Disposition: form-data; name="param_x"\r\n\r\n\xc3\xa9\r\n--b--\r\n'
    )
    request = parse("POST", "", {"content-type": "multipart/form-data; boundary=b"}, body)
    assert (request.sql, request.parameters) == (b"SELECT {x:String}", {"x": "é"})


@pytest.mark.parametrize(
    ("query_string", "headers", "body", "code"),
    [
        ("query=SELECT+1&compress=1", {}, b"", 48),
        ("query=SELECT+1&a+b=1", {}, b"", 115),
        ("", {"content-encoding": "br"}, b"x", 48),
        ("", {"content-encoding": "lz4"}, b"x", 36),
        (
            "",
            {"content-type": "multipart/form-data; boundary=b"},
            b'--b\r\nContent-Disposition: form-data; name="param_x"\r\n\r\n\xff\r\n--b--\r\n',
            36,
        ),
    ],
)
def test_what_cannot_be_served_is_refused(query_string: str, headers: dict[str, str], body: bytes, code: int) -> None:
    with pytest.raises(ClickHouseError) as caught:
        parse("POST", query_string, headers, body)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("headers", "query_string"),
    [
        ({"x-clickhouse-user": "legion", "x-clickhouse-key": "one"}, ""),
        ({"authorization": "Basic " + base64.b64encode(b"legion:one").decode()}, ""),
        ({}, "user=legion&password=one"),
    ],
)
def test_a_login_is_recognised(headers: dict[str, str], query_string: str) -> None:
    assert authenticate(LOGINS, *credentials(headers, query_string)) is LOGINS[0]


@pytest.mark.parametrize(("user", "password"), [("legion", "two"), ("", ""), ("analyst", "one"), ("légion", "one")])
def test_a_wrong_pair_is_nobody(user: str, password: str) -> None:
    with pytest.raises(ClickHouseError) as caught:
        authenticate(LOGINS, user, password)
    assert (caught.value.code, caught.value.status) == (516, 403)
    assert "two" not in repr(LOGINS)


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [("gzip, lz4", "lz4"), ("gzip", "gzip"), ("br", None), ("", None), ("lz4;q=0, gzip;q=0.5", "gzip"), ("*", None)],
)
def test_the_fastest_encoding_that_the_client_names_is_chosen(accept: str, chosen: str | None) -> None:
    assert choose(accept) == chosen


@pytest.mark.parametrize("name", ["lz4", "zstd", "gzip"])
def test_parts_compressed_one_by_one_are_one_body(name: str) -> None:
    made = encoder(name)
    body = made.encode(b"abc" * 1000) + made.encode(b"def") + made.finish()
    assert decode(body, name) == b"abc" * 1000 + b"def"


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (b"x", ""),
        (b"x", "identity"),
        (gzip.compress(b"x", mtime=0), "GZIP"),
        (zlib.compress(b"x"), "deflate"),
        (bytes(cramjam.zstd.compress(b"x")), "zstd"),
    ],
)
def test_bodies_are_decoded(body: bytes, encoding: str) -> None:
    assert decode(body, encoding) == b"x"


def test_the_engines_message_loses_what_the_wrapper_said_before() -> None:
    error = from_engine("Streaming insert finish failed: Code: 60. DB::Exception: no table. (UNKNOWN_TABLE)")
    assert (error.code, error.status, str(error)) == (60, 404, "Code: 60. DB::Exception: no table. (UNKNOWN_TABLE)")
    assert from_engine("odd").code == 1001


def test_an_empty_block_names_its_columns() -> None:
    assert header_block([["a", "Int8"], ["b" * 200, "String"]]) == (
        b"\x02\x00\x01a\x04Int8" + b"\xc8\x01" + b"b" * 200 + b"\x06String"
    )
