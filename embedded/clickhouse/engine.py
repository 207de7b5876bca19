"""chDB, the ClickHouse engine in this process, asked one request at a time per connection. Blocking.

A fresh connection per request costs 0.9 ms and keeps USE and SET apart, while one stays open for the process.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import chdb

from embedded.clickhouse import guard, statement
from embedded.clickhouse.errors import BAD_ARGUMENTS, READONLY, SYNTAX_ERROR, ClickHouseError, from_engine, refused
from embedded.clickhouse.native import header_block
from embedded.clickhouse.request import Request
from embedded.clickhouse.statement import Insert, Statement

# Formats whose blocks can follow each other; others repeat a header or a frame for each block.
STREAMABLE = frozenset(
    "native rowbinary tabseparated tsv tabseparatedraw tsvraw csv jsoneachrow jsonlines ndjson jsoncompacteachrow "
    "jsonstringseachrow".split()
)
# One process serves everybody: an analyst's question may not take it over.
ANALYST_LIMITS = {"max_execution_time": "60", "max_memory_usage": str(4 * 1024**3)}
# A write through GET is refused as by ClickHouse; 2 leaves settings free.
READONLY_BUT_SETTINGS = "2"
# chDB has no type hints.
_connect: Callable[[str], Any] = chdb.connect


@dataclass(frozen=True, slots=True)
class Summary:
    """The numbers of X-ClickHouse-Summary."""

    read_rows: int = 0
    read_bytes: int = 0
    written_rows: int = 0
    written_bytes: int = 0
    elapsed_ns: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows in `format`. When `streamed`, each next block is computed, may fail, and `summary` is empty.

    A streamed answer holds a connection until its blocks are exhausted or closed.
    """

    format: str
    blocks: Iterator[bytes]
    summary: Summary
    streamed: bool


def _quoted(value: str) -> str:
    """An SQL string literal."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _identifier(name: str) -> str:
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


class Engine:
    """The data folder's only owner. Safe for several threads."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)
        self._anchor = _connect(self._path)
        names = self._column("SELECT name FROM system.table_functions")
        self._refused = guard.refused_functions(names)
        self.version, self.timezone = self._column("SELECT arrayJoin([version(), timezone()])")

    def close(self) -> None:
        self._anchor.close()

    def _column(self, sql: str) -> list[str]:
        return str(self._anchor.query(sql, "TabSeparated").data()).splitlines()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """chDB raises RuntimeError (its own errors derive from it) with the engine's message."""
        try:
            yield
        except RuntimeError as error:
            known = from_engine(str(error))
            text = str(known)
            if "(version " not in text:
                text += f" (version {self.version} (official build))"
            raise ClickHouseError(known.code, text) from None
        except UnicodeDecodeError:
            raise refused(BAD_ARGUMENTS, "BAD_ARGUMENTS", "the query is not UTF-8") from None

    def _prepare(self, connection: Any, request: Request, *, read_only: bool) -> None:
        if request.database:
            connection.query(f"USE {_identifier(request.database)}")
        settings: Mapping[str, str] = request.settings
        if read_only:
            for name in settings:
                if not guard.setting_allowed(name):
                    raise refused(READONLY, "READONLY", f"Cannot modify '{name}' setting in readonly mode")
            settings = {**settings, **ANALYST_LIMITS, "readonly": "1"}
        elif not request.may_write:
            settings = {**settings, "readonly": READONLY_BUT_SETTINGS}
        for name, value in settings.items():
            connection.query(f"SET {name}={_quoted(value)}")

    def check(self, request: Request, *, read_only: bool) -> Statement:
        """What is asked, refused here when the engine would not refuse it. Raises `ClickHouseError`."""
        parsed = statement.parse(request.sql)
        if not parsed.verb:
            raise refused(SYNTAX_ERROR, "SYNTAX_ERROR", "Syntax error: Empty query")
        if parsed.several:
            raise refused(SYNTAX_ERROR, "SYNTAX_ERROR", "Syntax error: Multi-statements are not allowed")
        reason = guard.refusal(request.sql, self._refused) if read_only else None
        if reason is not None:
            raise refused(READONLY, "READONLY", f"Cannot execute query in readonly mode: {reason}")
        return parsed

    def run(self, request: Request, *, read_only: bool) -> Answer:
        """Do what is asked. Raises `ClickHouseError`, here or while its blocks are taken."""
        with self._errors(), ExitStack() as stack:
            parsed = self.check(request, read_only=read_only)
            wanted = parsed.format or request.default_format
            connection = _connect(self._path)
            stack.callback(connection.close)
            self._prepare(connection, request, read_only=read_only)
            # Parameters stand among written values only; the inserter does not know them, the plain query does.
            if parsed.insert is not None and not request.parameters:
                return self._insert(connection, parsed.insert)
            if not (parsed.reads and not request.wait_end and wanted.lower() in STREAMABLE):
                return self._query(connection, parsed, request, wanted)
            stream = connection.send_query(request.sql.decode(), wanted, params=dict(request.parameters))
            first = stream.fetch()
            if first is None:
                stream.close()
                return Answer(wanted, iter(self._no_rows(connection, parsed, request, wanted)), Summary(), False)
            # The blocks outlive this call: their iterator now closes the connection.
            return Answer(wanted, self._blocks(stream, first, stack.pop_all()), Summary(), True)

    def _blocks(self, stream: Any, first: Any, stack: ExitStack) -> Iterator[bytes]:
        with self._errors(), stack:
            block = first
            try:
                while block is not None:
                    yield block.bytes()
                    block = stream.fetch()
            finally:
                stream.close()

    def _query(self, connection: Any, parsed: Statement, request: Request, wanted: str) -> Answer:
        result = connection.query(request.sql.decode(), wanted, params=dict(request.parameters))
        body = result.bytes()
        blocks = [body] if body else self._no_rows(connection, parsed, request, wanted)
        elapsed = int(result.elapsed() * 1e9)
        read, written = (result.rows_read(), result.bytes_read()), (result.rows_written(), result.bytes_written())
        return Answer(wanted, iter(blocks), Summary(*read, *written, elapsed), False)

    def _no_rows(self, connection: Any, parsed: Statement, request: Request, wanted: str) -> list[bytes]:
        """The body of an answer without rows: Native has column names and types, which chDB leaves out."""
        if not parsed.reads or wanted.lower() != "native":
            return []
        sql = f"DESCRIBE TABLE ({parsed.question.decode()}\n)"
        described = connection.query(sql, "TabSeparatedRaw", params=dict(request.parameters))
        return [header_block([line.split("\t")[:2] for line in described.bytes().decode().splitlines()])]

    def _insert(self, connection: Any, insert: Insert) -> Answer:
        started = time.monotonic_ns()
        with connection.send_insert(insert.target, insert.format) as inserter:
            if insert.data:
                inserter.append(insert.data)
            done = inserter.finish()
        elapsed = time.monotonic_ns() - started
        return Answer(insert.format, iter(()), Summary(0, 0, done.rows_written, done.bytes_written, elapsed), False)
