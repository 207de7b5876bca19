"""A history for other tools: an Avro object container file, or CloudEvents 1.0 as JSON lines. Each record says where it
stands (partition, offset, number of its commit), so that the proof beside it can be looked up."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import orjson
from fastavro import parse_schema, schemaless_reader
from fastavro import writer as avro_writer

from api.event_json import plain
from domain.kernel.sealed import Personal
from eventlog.book import Book
from eventlog.codec import PREFIX_BYTES
from eventlog.model import LogRecord
from eventlog.personal import with_opened
from eventlog.proof import Proven, schema_ids
from vault.sealing import SealBroken, open_sealed

Keys = Mapping[tuple[str, str], bytes]

CONTAINER: Final = "legion.export.Record"


def write_jsonl(file: Path, proven: Sequence[Proven], book: Book, keys: Keys) -> int:
    """Returns how many records. Sealed fields without a key: `{"sealed": base64}`."""
    written = 0
    with _private(file) as out:
        for one, record, schema_id, decoded in _decoded(proven, book, keys, as_text=True):
            headers = {name: content.decode(errors="replace") for name, content in record.headers}
            line = {
                "specversion": headers.get("ce_specversion"),
                "id": headers.get("ce_id"),
                "type": headers.get("ce_type"),
                "source": headers.get("ce_source"),
                "subject": headers.get("ce_subject"),
                "time": headers.get("ce_time"),
                "datacontenttype": "application/json",
                "partitionkey": one.commit.journey,
                "partition": record.partition,
                "logoffset": str(record.offset),
                "commit": str(one.index),
                "schemaid": schema_id,
                "data": plain(decoded),
            }
            out.write(orjson.dumps(line) + b"\n")
            written += 1
    return written


def write_avro(file: Path, proven: Sequence[Proven], book: Book, keys: Keys) -> int:
    """Returns how many records. Sealed fields are bytes: sealed, or with a key what was sealed."""
    ids = schema_ids([record for one in proven for record in one.commit.records])
    branches, names = one_union({number: json.loads(book.raw(book.entry(number))) for number in ids})
    schema = {
        "type": "record",
        "name": CONTAINER,
        "fields": [
            {"name": "partition", "type": "int"},
            {"name": "offset", "type": "long"},
            {"name": "commit", "type": "long", "doc": "number of its commit in the partition, from 0"},
            {"name": "journey", "type": "string"},
            {"name": "id", "type": "string"},
            {"name": "type", "type": "string"},
            {"name": "event", "type": branches},
        ],
    }

    def rows() -> Iterator[dict[str, Any]]:
        for one, record, schema_id, decoded in _decoded(proven, book, keys, as_text=False):
            headers = dict(record.headers)
            yield {
                "partition": record.partition,
                "offset": record.offset,
                "commit": one.index,
                "journey": one.commit.journey,
                "id": headers["ce_id"].decode(),
                "type": headers["ce_type"].decode(),
                "event": (names[schema_id], decoded),
            }

    made = list(rows())
    with _private(file) as out:
        avro_writer(out, parse_schema(schema), made, codec="deflate")
    return len(made)


def one_union(schemas: Mapping[int, dict[str, Any]]) -> tuple[list[Any], dict[int, str]]:
    """Branches of one union, and id → the name of its branch. In one file a name means one thing: where two schemas
    mean different things by a name, the later one's gets its schema id behind it."""
    known: dict[str, str] = {}
    branches, names = [], {}
    for number, schema in sorted(schemas.items()):
        local: dict[str, str] = {}
        branches.append(_renamed(schema, number, known, local))
        names[number] = local[schema["name"]]
    return branches, names


def _renamed(  # noqa: PLR0911  one return a kind
    schema: Any, number: int, known: dict[str, str], local: dict[str, str]
) -> Any:
    """known: name → what it means in the file. local: this schema's names → those of the file."""
    if isinstance(schema, list):
        return [_renamed(branch, number, known, local) for branch in schema]
    if isinstance(schema, str):
        return local.get(schema, schema)
    if not isinstance(schema, dict):
        return schema
    kind = schema["type"]
    if kind == "record":
        name, meaning = schema["name"], json.dumps(schema, sort_keys=True)
        if known.get(name, meaning) != meaning:
            name = f"{name}_{number}"
        local[schema["name"]] = name
        if name in known:
            _names_in(schema, local)
            return name
        known[name] = meaning
        fields = [{**each, "type": _renamed(each["type"], number, known, local)} for each in schema["fields"]]
        return {**schema, "name": name, "fields": fields}
    if kind == "array":
        return {**schema, "items": _renamed(schema["items"], number, known, local)}
    return schema


def _names_in(schema: Any, local: dict[str, str]) -> None:
    """What a record that the file has already defines is known by the same names."""
    if isinstance(schema, list):
        for branch in schema:
            _names_in(branch, local)
    elif isinstance(schema, dict):
        if schema["type"] == "record":
            local.setdefault(schema["name"], schema["name"])
            for each in schema["fields"]:
                _names_in(each["type"], local)
        elif schema["type"] == "array":
            _names_in(schema["items"], local)


def _decoded(
    proven: Sequence[Proven], book: Book, keys: Keys, *, as_text: bool
) -> Iterator[tuple[Proven, LogRecord, int, dict[str, Any]]]:
    """Every record with its schema's id and its body, opened as far as there are keys."""
    schemas: dict[int, tuple[Any, Any]] = {}
    for one in proven:
        for record in one.commit.records:
            number = int.from_bytes(record.value[1:PREFIX_BYTES], "big")
            if number not in schemas:
                raw = json.loads(book.raw(book.entry(number)))
                schemas[number] = (raw, parse_schema(raw))
            raw, parsed = schemas[number]
            body: Any = schemaless_reader(BytesIO(record.value[PREFIX_BYTES:]), parsed, None)
            yield one, record, number, with_opened(raw, body, _opener(body, one.commit.journey, keys, as_text=as_text))


def _opener(body: dict[str, Any], journey: str, keys: Keys, *, as_text: bool) -> Any:
    company = body["meta"]["tenant"]

    def opened(mark: Personal, of: str, sealed: bytes) -> Any:
        subject = mark.subject(journey, of)
        key = keys.get((company, subject))
        if key is None:
            return sealed
        try:
            content = open_sealed(key, company, subject, mark.label, sealed)
        except SealBroken:
            return sealed
        return content.decode(errors="replace") if as_text else content

    return opened


def _private(file: Path) -> Any:
    """Readable by its owner only, from its first byte."""
    return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
