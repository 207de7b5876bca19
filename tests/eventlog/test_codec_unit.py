from __future__ import annotations

from contextlib import suppress
from dataclasses import is_dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import orjson
import pytest
from fastavro import parse_schema, schemaless_writer
from hypothesis import given
from hypothesis import strategies as st

from domain.commands import COMMANDS
from domain.events import EVENTS
from domain.kernel.actor import NORMALISER
from domain.kernel.command import CommandMeta, EventMeta
from domain.kernel.errors import Corrupt, Misconfigured, Poison
from domain.kernel.event import Event
from domain.kernel.sealed import Sealed
from eventlog.avro_write import long
from eventlog.book import Book
from eventlog.codec import Codec, decode_command, decode_event, default_codec, encode_command, encode_event
from eventlog.examples import example_event, example_of
from eventlog.model import EpochClosed, Recorded, Refusal
from eventlog.shapes import Enum, Optional, Record, Scalar, SealedBytes, Sequence, Shape, fields_of
from tests.eventlog.samples import AT, Greeted, Left, command_id, greet, greeted, left

_BOUNDS = (datetime(1970, 1, 1), datetime(2100, 1, 1))  # noqa: DTZ001  # lint: allow L002 Hypothesis wants naive bounds
TIMES = st.datetimes(*_BOUNDS, timezones=st.just(UTC))


def values(shape: Shape) -> st.SearchStrategy[Any]:  # noqa: PLR0911  one return a shape
    """Any value of the shape."""
    match shape:
        case Scalar(kind):
            return {
                str: st.text(),
                int: st.integers(-(2**63), 2**63 - 1),
                float: st.floats(allow_nan=False),
                bool: st.booleans(),
                datetime: TIMES,
            }[kind]
        case Enum(cls):
            return st.sampled_from(cls)
        case SealedBytes():
            return st.binary().map(Sealed)
        case Optional(of):
            return st.none() | values(of)
        case Sequence(of, unordered):
            return st.frozensets(values(of)) if unordered else st.lists(values(of), max_size=3).map(tuple)
        case Record(cls):
            return instances(cls)
        case _:
            return st.dictionaries(st.text(), st.text(), max_size=3)


def instances(cls: type) -> st.SearchStrategy[Any]:
    return st.builds(cls, **{field.name: values(field.shape) for field in fields_of(cls)})


@st.composite
def any_event(draw: st.DrawFn) -> Recorded:
    cls: Any = draw(st.sampled_from(sorted(EVENTS.values(), key=lambda c: c.TOPIC)))
    meta: EventMeta = draw(instances(EventMeta))
    own = {field.name: draw(values(field.shape)) for field in fields_of(cls)}
    return Recorded(meta, cls(originator_id=meta.stream, originator_version=meta.version, timestamp=meta.at, **own))


@given(any_event())
def test_any_event_of_the_domain_comes_back_equal(recorded: Recorded) -> None:
    assert decode_event(encode_event(recorded.meta, recorded.event)) == recorded


def plain(value: Any) -> Any:
    """As fastavro's writer wants it."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields_of(type(value))}
    if isinstance(value, frozenset):
        return sorted(map(plain, value))
    return [plain(item) for item in value] if isinstance(value, tuple) else value


@given(any_event())
def test_we_write_the_bytes_that_fastavro_writes(recorded: Recorded) -> None:
    book = Book.load()
    schema = parse_schema(orjson.loads(book.raw(book.current(recorded.event.TOPIC))))
    theirs = BytesIO()
    schemaless_writer(theirs, schema, plain(recorded.event) | {"meta": plain(recorded.meta)})
    assert encode_event(recorded.meta, recorded.event)[5:] == theirs.getvalue()


@pytest.mark.parametrize("value", [0, -1, 63, 64, -64, -65, 8191, 8192, -8192, -8193, 2**31, 2**63 - 1, -(2**63)])
def test_integers_are_avros(value: int) -> None:
    theirs = BytesIO()
    schemaless_writer(theirs, "long", value)
    assert long(value) == theirs.getvalue()


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1])
def test_an_integer_beyond_64_bits_is_not_written(value: int) -> None:
    with pytest.raises(OverflowError):
        long(value)


@given(st.data())
def test_any_command_of_the_domain_comes_back_equal(data: st.DataObject) -> None:
    cls = data.draw(st.sampled_from(sorted(COMMANDS.values(), key=lambda c: c.TOPIC)))
    meta: CommandMeta = data.draw(instances(CommandMeta))
    command = data.draw(instances(cls))
    assert decode_command(encode_command(meta, command)) == (meta, command)


@pytest.mark.parametrize("topic", sorted(EVENTS))
def test_every_event_of_the_domain_has_a_schema_that_fits(topic: str) -> None:
    event = example_event(EVENTS[topic])
    meta = replace(
        example_of(EventMeta), stream=event.originator_id, version=event.originator_version, at=event.timestamp
    )
    assert decode_event(encode_event(meta, event)) == Recorded(meta, event)


@pytest.mark.parametrize("topic", sorted(COMMANDS))
def test_every_command_of_the_domain_has_a_schema_that_fits(topic: str) -> None:
    meta, command = example_of(CommandMeta), example_of(COMMANDS[topic])
    assert decode_command(encode_command(meta, command)) == (meta, command)


def test_types_survive_the_way_through_the_log(codec: Codec) -> None:
    sent = greeted(1)
    got = codec.decode(codec.encode_event(sent.meta, sent.event))
    assert got == sent
    assert isinstance(got, Recorded)
    event = got.event
    assert isinstance(event, Greeted)
    assert type(event.text) is Sealed
    assert event.seen_at is not None
    assert event.seen_at.tzinfo is not None
    assert type(event.places) is tuple
    assert (got.stream, got.at) == ("greeting-one", AT)


def test_an_event_without_fields_of_its_own_is_its_envelope(codec: Codec) -> None:
    assert codec.decode_event(codec.encode_event(left(1).meta, left(1).event)) == left(1)


def test_equal_grants_have_equal_bytes_whatever_their_order(codec: Codec) -> None:
    meta, command = greet()
    turned = replace(meta, actor=replace(NORMALISER, grant=frozenset(sorted(NORMALISER.grant, reverse=True))))
    assert codec.encode_command(meta, command) == codec.encode_command(turned, command)


def test_a_refusal_keeps_who_asked_and_why(codec: Codec) -> None:
    meta, _ = greet()
    refusal = Refusal.of(meta, topic="Greet", code="too_loud", detail="hush", at=AT, stream="greeting-one")
    assert codec.decode(codec.encode_refusal(refusal)) == refusal
    assert refusal.actor.grant == frozenset()
    homeless = replace(refusal, stream=None)
    assert codec.decode(codec.encode_refusal(homeless)) == homeless


def test_the_end_of_an_epoch_comes_back_equal(codec: Codec) -> None:
    closed = EpochClosed(command_id=command_id(1), actor=NORMALISER.without_grant(), at=AT, next_epoch=1, partitions=24)
    value = codec.encode_epoch_closed(closed)
    assert codec.decode(value) == closed
    with pytest.raises(Poison, match="not_an_event"):
        codec.decode_event(value)


def test_a_value_is_framed_as_confluent_frames_it(codec: Codec) -> None:
    value = codec.encode_event(left(1).meta, left(1).event)
    assert value[0] == 0
    assert int.from_bytes(value[1:5], "big") >= 1


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (b"", "not_framed"),
        (b"\x00\x00", "not_framed"),
        (b"\x01\x00\x00\x00\x01abc", "not_framed"),
        (b"\x00\x7f\xff\xff\xffabc", "schema_unknown"),
    ],
)
def test_bytes_that_are_not_ours_are_poison(codec: Codec, value: bytes, code: str) -> None:
    with pytest.raises(Poison) as caught:
        codec.decode(value)
    assert caught.value.code == code


def test_a_command_among_events_is_poison_and_the_other_way_round(codec: Codec) -> None:
    with pytest.raises(Poison, match="schema_of_other_kind"):
        codec.decode(codec.encode_command(*greet()))
    with pytest.raises(Poison, match="schema_of_other_kind"):
        codec.decode_command(codec.encode_event(left(1).meta, left(1).event))


def test_bytes_left_over_are_poison(codec: Codec) -> None:
    with pytest.raises(Poison, match="body_unreadable"):
        codec.decode(codec.encode_event(left(1).meta, left(1).event) + b"\x00")


def test_an_enum_member_of_newer_code_is_poison(codec: Codec) -> None:
    value = codec.encode_event(greeted(1).meta, greeted(1).event)
    with pytest.raises(Poison, match="body_unknown"):
        codec.decode(value.replace(b"\x06bad", b"\x06odd"))


@given(st.data())
def test_damaged_bytes_never_raise_anything_but_our_errors(codec: Codec, data: st.DataObject) -> None:
    value = bytearray(codec.encode_event(greeted(1).meta, greeted(1).event))
    for _ in range(data.draw(st.integers(1, 4))):
        value[data.draw(st.integers(0, len(value) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(value)))
    for damaged in (bytes(value), bytes(value[:cut])):
        with suppress(Poison):  # any other exception fails the test
            codec.decode(damaged)


def test_an_event_that_contradicts_its_envelope_is_not_written(codec: Codec) -> None:
    with pytest.raises(Corrupt, match="envelope_mismatch"):
        codec.encode_event(replace(left(1).meta, version=2), left(1).event)


def test_a_naive_time_is_not_written(codec: Codec) -> None:
    sent = greeted(1)
    assert isinstance(sent.event, Greeted)
    with pytest.raises(TypeError):
        codec.encode_event(sent.meta, replace(sent.event, seen_at=datetime(2026, 1, 1)))  # noqa: DTZ001  # lint: allow L002 the point


def test_writing_with_a_schema_that_is_behind_its_class_stops(codec: Codec) -> None:
    class Changed(Left):
        TOPIC = "Greeted"

    with pytest.raises(Misconfigured, match="schema_stale"):
        Codec(codec._book).encode_event(left(1).meta, Changed(**vars(left(1).event)))


def test_a_topic_without_a_schema_is_not_written(codec: Codec) -> None:
    class Unknown(Left):
        TOPIC = "Unknown"

    with pytest.raises(Misconfigured, match="schema_missing"):
        codec.encode_event(left(1).meta, Unknown(**vars(left(1).event)))


def test_an_event_that_the_registry_does_not_know_is_poison(codec: Codec) -> None:
    events: dict[str, type[Event]] = {}
    value = codec.encode_event(left(1).meta, left(1).event)
    with pytest.raises(Poison, match="body_unknown"):
        Codec(codec._book, events=events).decode(value)


def test_the_default_codec_is_made_once() -> None:
    assert default_codec() is default_codec()
