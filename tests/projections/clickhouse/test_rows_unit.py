"""Commits to rows: what is taken, and what can never be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.conversation import events as c
from domain.events import EVENTS
from domain.kernel.actor import BOOTSTRAP
from domain.kernel.clock import to_us
from domain.kernel.command import EventMeta
from domain.kernel.event import Event
from domain.kernel.sealed import MessageText, Sealed
from eventlog.examples import example_event
from eventlog.model import Commit, EpochClosed, LogRecord, Recorded
from eventlog.shapes import Enum, Scalar, Sequence, Shape
from projections.clickhouse.columns import COLUMNS, MEASURES, NAMES
from projections.clickhouse.measures import MEASURED
from projections.clickhouse.paths import compile_path
from projections.clickhouse.rows import UNDECODABLE, rows_of
from proof.ground.histories import COMPANY, INSTANCE, START, Log, Story

EVERY_PATH = [(cls, column, path) for cls, paths in MEASURED.items() for column, path in paths.items()]


def commit(**what: Any) -> Commit:
    return Commit(
        epoch=2, partition=3, first_offset=70, next_offset=71, command_offset=5, prev=b"p", head=b"h",
        journey="holding", **what,
    )  # fmt: skip


def only_row(of: Commit, instance: str = "") -> dict[str, Any]:
    (row,) = rows_of(of, lambda _: instance).rows
    return dict(zip(NAMES, row, strict=True))


def test_every_event_says_what_is_taken_from_it() -> None:
    assert set(MEASURED) == set(EVENTS.values())


@pytest.mark.parametrize("path", ["text", "content", "address"])
def test_a_sealed_field_does_not_compile(path: str) -> None:
    with pytest.raises(TypeError, match="personal"):
        compile_path(c.MessageReceived, path)


def test_a_sealed_field_inside_a_nested_record_does_not_compile() -> None:
    with pytest.raises(TypeError, match="personal"):
        compile_path(c.ReplyGenerated, "chunks.0.text")


@dataclass(frozen=True, kw_only=True)
class Whispered(Event):
    """An event of the test's own."""

    TOPIC = "Whispered"
    CATEGORY = "lead"

    words: tuple[MessageText, ...]
    times: tuple[datetime, ...]


@pytest.mark.parametrize(
    ("path", "why"),
    [("words.0", "personal"), ("words", "not one value"), ("#nothing", "nothing is called"), ("times.1", "nothing")],
)
def test_what_is_no_single_open_value_does_not_compile(path: str, why: str) -> None:
    with pytest.raises(TypeError, match=why):
        compile_path(Whispered, path)


def test_how_many_sealed_values_there_are_may_be_said() -> None:
    said = Whispered(
        originator_id="lead-1", originator_version=1, timestamp=START, words=(Sealed(b"a"), Sealed(b"b")), times=()
    )
    assert compile_path(Whispered, "#words").get(said) == 2
    assert compile_path(Whispered, "times.0").get(said) is None


def fitting(shape: Shape) -> str:
    if isinstance(shape, Enum):
        return "String"
    if isinstance(shape, Sequence):
        return "Int64"
    assert isinstance(shape, Scalar)
    return {str: "String", int: "Int64", bool: "Bool"}[shape.kind]


@pytest.mark.parametrize(("cls", "column", "path"), EVERY_PATH, ids=lambda value: getattr(value, "__name__", value))
def test_every_value_has_its_columns_type(cls: type[Event], column: str, path: str) -> None:
    wanted = next(each.type for each in MEASURES if each.name == column)
    found = fitting(compile_path(cls, path).shape)
    assert found in wanted or (column == "first_at" and found == "Int64")


@pytest.mark.parametrize("cls", EVENTS.values(), ids=lambda cls: cls.__name__)
def test_no_row_holds_sealed_bytes_or_names(cls: type[Event]) -> None:
    event = example_event(cls)
    meta = EventMeta(
        event_id="e", tenant=COMPANY, journey="j", stream=event.originator_id, version=3, command_id="c",
        actor=BOOTSTRAP, at=event.timestamp,
    )  # fmt: skip
    row = only_row(commit(events=(Recorded(meta, event),)))
    assert not [value for value in row.values() if isinstance(value, bytes)]
    for forbidden in ("sealed", "alias_hash", "external_name", "provider_id", "name_digest", "bootstrap"):
        assert forbidden not in {str(value) for value in row.values()}


def test_a_message_says_where_it_stands_and_when_its_turn_began() -> None:
    story = Story(Log(1))
    story.arrives()
    written = story.writes()
    row = only_row(written, INSTANCE)
    assert row["offset"] == written.first_offset == 4
    assert (row["topic"], row["category"], row["company"]) == ("MessageReceived", "conversation", COMPANY)
    assert (row["instance"], row["kind"], row["turn"]) == (INSTANCE, "text", story.id("turn", 1))
    assert row["first_at"] == row["at"] == to_us(START + timedelta(seconds=1))
    assert (row["actor"], row["late"], row["reply"]) == ("system", False, "")


def test_a_reply_names_its_cost_and_its_first_chunk() -> None:
    story = Story(Log(1))
    row = only_row(story.replies(1, chunks=2))
    assert (row["chunk"], row["chunks"]) == (story.chunk(1, 0), 2)
    assert (row["model"], row["prompt_tokens"], row["completion_tokens"]) == ("m", 10, 5)
    assert (row["cost_micros"], row["latency_ms"], row["reply"]) == (7, 800, story.id("reply", 1))


def test_an_absent_value_is_the_columns_default() -> None:
    story = Story(Log(1))
    row = only_row(story.writes(turn=None))
    assert (row["turn"], row["first_at"], row["centurion"]) == ("", None, "")


def test_an_event_that_names_its_instance_needs_no_other_word() -> None:
    story = Story(Log(1))
    started = rows_of(story.arrives(), lambda _: "another").rows[-1]
    assert started[NAMES.index("instance")] == INSTANCE


def test_a_refusal_is_a_row_with_its_code() -> None:
    refused = Log(1).refuse(COMPANY, "lead/1", "nothing_to_do")
    row = only_row(refused)
    assert (row["topic"], row["code"], row["kind"]) == ("CommandRefused", "nothing_to_do", "CloseTurn")
    assert "said no" not in row.values()


def test_the_end_of_an_epoch_is_a_row() -> None:
    closed = EpochClosed(command_id=Log(1).command_id(), actor=BOOTSTRAP, at=START, next_epoch=3, partitions=24)
    row = only_row(commit(closed=closed))
    assert (row["topic"], row["epoch"], row["partition"], row["offset"]) == ("EpochClosed", 2, 3, 70)


def test_of_what_cannot_be_read_only_place_time_and_reason_are_kept() -> None:
    secret = b"+5511999990000"
    record = LogRecord(3, 70, 1_764_072_000_123, secret, secret, (("chain", secret),))
    made = rows_of(commit(undecodable="body_unreadable", records=(record,)), lambda _: "")
    row = dict(zip(NAMES, made.rows[0], strict=True))
    assert made.month == 202511
    assert (row["topic"], row["code"], row["offset"]) == (UNDECODABLE, "body_unreadable", 70)
    assert row["at"] == 1_764_072_000_000_000
    assert "5511" not in str(made.rows)


def test_each_record_is_one_row_of_all_columns() -> None:
    arrived = Story(Log(1)).arrives()
    rows = rows_of(arrived, lambda _: "").rows
    assert len(rows) == len(arrived.records) == 4
    assert {len(row) for row in rows} == {len(COLUMNS)}
