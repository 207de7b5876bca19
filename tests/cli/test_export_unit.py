"""Exports: what other tools read is what the log says, record by record."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import fastavro
import pytest

from cli.audit.export import one_union, write_avro, write_jsonl
from cli.audit.prove import tenants
from domain.kernel.ids import HOLDING_TENANT
from eventlog.book import Book
from eventlog.model import LogRecord
from eventlog.personal import subjects_of
from eventlog.proof import Collected
from proof.ground.histories import COMPANY, Log
from tests.cli.proofs import WORDS, collected, keys_of, people_told, told
from tests.domain import staff


@pytest.fixture(scope="module")
def log() -> Log:
    return told()[0]


@pytest.fixture(scope="module")
def found(log: Log) -> Collected:
    return collected(log)


def records(found: Collected) -> list[LogRecord]:
    return [record for one in found.proven for record in one.commit.records]


def test_json_lines_are_cloudevents_of_every_record(found: Collected, tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    assert write_jsonl(file, found.proven, Book.load(), {}) == len(records(found))
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [(line["partition"], int(line["logoffset"])) for line in lines] == [
        (record.partition, record.offset) for record in records(found)
    ]
    for line, record in zip(lines, records(found), strict=True):
        headers = dict(record.headers)
        assert {name: line[name].encode() for name in ("id", "type", "source", "subject", "time", "specversion")} == {
            name: headers[f"ce_{name}"] for name in ("id", "type", "source", "subject", "time", "specversion")
        }
        assert all(name.isalnum() and name == name.lower() and len(name) <= 20 for name in line)  # CloudEvents 1.0, 3
        assert line["data"]["meta"]["event_id"] == line["id"]
    assert WORDS not in file.read_text()
    assert any("sealed" in str(line["data"].get("text")) for line in lines)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_json_lines_open_what_there_is_a_key_for(log: Log, found: Collected, tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    keys = keys_of(log.commits, log)
    write_jsonl(file, found.proven, Book.load(), keys)
    texts = [json.loads(line)["data"].get("text") for line in file.read_text().splitlines()]
    assert texts.count(WORDS) == 2
    lacking = dict(list(keys.items())[:1])
    write_jsonl(file, found.proven, Book.load(), lacking)
    assert [json.loads(line)["data"].get("text") for line in file.read_text().splitlines()].count(WORDS) == 1


def test_of_people_each_key_opens_what_is_theirs(tmp_path: Path) -> None:
    log, file = people_told(), tmp_path / "out.jsonl"
    pair = (HOLDING_TENANT, staff.subject(staff.BIA))
    write_jsonl(file, collected(log).proven, Book.load(), {pair: log.keys.of(*pair)})
    names = [json.loads(line)["data"].get("name") for line in file.read_text().splitlines()]
    assert [name for name in names if str(name).startswith("Bia")] == ["Bia Luz", "Bia Sol"]
    assert {one for c in log.commits for e in c.events for one in subjects_of(e.event, c.journey)} == {pair[1]}


@pytest.mark.parametrize("reveal", [False, True])
def test_the_avro_container_is_read_by_fastavro(reveal: bool, log: Log, found: Collected, tmp_path: Path) -> None:
    file = tmp_path / "out.avro"
    keys = keys_of(log.commits, log) if reveal else {}
    assert write_avro(file, found.proven, Book.load(), keys) == len(records(found))
    with file.open("rb") as source:
        rows: list[Any] = list(fastavro.reader(source, return_record_name=True))
    assert [(row["partition"], row["offset"]) for row in rows] == [(r.partition, r.offset) for r in records(found)]
    for row, record in zip(rows, records(found), strict=True):
        name, body = row["event"]
        assert row["type"] == name == dict(record.headers)["ce_type"].decode()
        assert body["meta"]["event_id"] == row["id"]
    opened = [row["event"][1].get("text") == WORDS.encode() for row in rows]
    assert sum(opened) == (2 if reveal else 0)


def test_a_companys_commits_are_those_of_its_tenant(log: Log) -> None:
    of = [tenants(commit) for commit in log.commits]
    assert of.count({HOLDING_TENANT}) == 1  # the company itself is the holding's
    assert of.count({COMPANY}) == len(of) - 1


def schema(name: str, inner: str, *fields: str) -> dict[str, Any]:
    nested = {"type": "record", "name": inner, "fields": [{"name": each, "type": "string"} for each in fields]}
    again = ["null", inner]
    return {
        "type": "record",
        "name": name,
        "fields": [{"name": "a", "type": nested}, {"name": "b", "type": {"type": "array", "items": again}}],
    }


def test_a_name_that_means_two_things_gets_two_names() -> None:
    schemas = {
        1: schema("legion.A", "legion.types.X", "p"),
        2: schema("legion.B", "legion.types.X", "p"),
        3: schema("legion.A", "legion.types.X", "p", "q"),
    }
    branches, names = one_union(schemas)
    assert names == {1: "legion.A", 2: "legion.B", 3: "legion.A_3"}
    parsed = fastavro.parse_schema({"type": "record", "name": "R", "fields": [{"name": "e", "type": branches}]})
    for number, body in (
        (1, {"a": {"p": "1"}, "b": [{"p": "2"}]}),
        (2, {"a": {"p": "1"}, "b": [None]}),
        (3, {"a": {"p": "1", "q": "2"}, "b": [{"p": "1", "q": "2"}]}),
    ):
        assert fastavro.validate({"e": (names[number], body)}, parsed)
