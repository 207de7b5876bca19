"""One HTTP request to ClickHouse, parsed: https://clickhouse.com/docs/interfaces/http. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import parse_qsl

from embedded.clickhouse.codec import decode
from embedded.clickhouse.errors import BAD_ARGUMENTS, NOT_IMPLEMENTED, ClickHouseError, refused

DEFAULT_FORMAT = "TabSeparated"
_SETTING_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Not settings: they speak to the HTTP server. Sessions are accepted and not kept: every request is its own.
TRANSPORT = frozenset(
    "query database user password quota_key session_id session_timeout session_check query_id default_format role "
    "compress decompress buffer_size wait_end_of_query stacktrace client_protocol_version enable_http_compression "
    "send_progress_in_http_headers http_headers_progress_interval_ms cancel_http_readonly_queries_on_client_close "
    "http_response_buffer_size".split()
)


@dataclass(frozen=True, slots=True)
class Request:
    """`sql` may hold an INSERT's data at its end; `settings` and `parameters` are as the client wrote them."""

    sql: bytes
    database: str
    parameters: Mapping[str, str]
    settings: Mapping[str, str]
    default_format: str
    query_id: str
    accept_encoding: str
    wait_end: bool
    may_write: bool


def _form(content_type: str, body: bytes) -> dict[str, bytes]:
    """Fields of a multipart/form-data body. Raises for files: external data is not supported."""
    message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    fields: dict[str, bytes] = {}
    for part in message.iter_parts():
        if part.get_filename() is not None:
            raise refused(NOT_IMPLEMENTED, "NOT_IMPLEMENTED", "external data is not supported")
        value = part.get_payload(decode=True)
        fields[str(part.get_param("name", header="content-disposition"))] = value if isinstance(value, bytes) else b""
    return fields


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as broken:
        raise refused(BAD_ARGUMENTS, "BAD_ARGUMENTS", "a form field is not UTF-8") from broken


def _is_on(value: str | None) -> bool:
    return value not in (None, "", "0", "false")


def _settings(fields: Mapping[str, str]) -> dict[str, str]:
    settings = {key: value for key, value in fields.items() if key not in TRANSPORT and not key.startswith("param_")}
    for name in settings:
        if not _SETTING_NAME.fullmatch(name):
            raise ClickHouseError(115, f"Code: 115. DB::Exception: Unknown setting '{name}'. (UNKNOWN_SETTING)")
    return settings


def parse(method: str, query_string: str, headers: Mapping[str, str], body: bytes) -> Request:
    """Build the request from its parts; header names in lower case. Raises `ClickHouseError`."""
    fields = dict(parse_qsl(query_string, keep_blank_values=True))
    if _is_on(fields.get("compress")) or _is_on(fields.get("decompress")):
        message = "ClickHouse's own compression is not supported: use compress=0, or Accept-Encoding"
        raise refused(NOT_IMPLEMENTED, "NOT_IMPLEMENTED", message)
    payload = decode(body, headers.get("content-encoding", ""))
    content_type = headers.get("content-type", "")
    if content_type.startswith("multipart/form-data"):
        form = _form(content_type, payload)
        payload = form.pop("query", b"")
        fields |= {name: _text(value) for name, value in form.items()}
    query = fields.get("query", "").encode()
    compressible = fields.get("enable_http_compression", "1") != "0"
    return Request(
        sql=query + b"\n" + payload if query and payload else query or payload,
        database=fields.get("database") or headers.get("x-clickhouse-database", ""),
        parameters={key.removeprefix("param_"): value for key, value in fields.items() if key.startswith("param_")},
        settings=_settings(fields),
        default_format=fields.get("default_format") or headers.get("x-clickhouse-format", DEFAULT_FORMAT),
        query_id=fields.get("query_id", ""),
        accept_encoding=headers.get("accept-encoding", "") if compressible else "",
        wait_end=_is_on(fields.get("wait_end_of_query")),
        may_write=method == "POST",
    )
