"""Whatever stands in [commands] becomes something that can be answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from commands.intake import MAX_TEXT, Asked, Fault, Routes, take
from domain.kernel.ids import HOLDING, HOLDING_TENANT, partition_of
from eventlog.codec import Codec
from eventlog.model import LogRecord
from proof.ground.tallies import ROUTES, TENANT, Add, Unrouted, add, as_record

LEAD = "lead/1"
AT = datetime(2026, 1, 1, tzinfo=UTC)


def taken(codec: Codec, record: LogRecord, *, partitions: int = 1, routes: Routes = ROUTES) -> Asked:
    return take(record, partitions=partitions, epoch=0, routes=routes, codec=codec)


def code(asked: Asked) -> str | None:
    return asked.fault.code if asked.fault else None


def test_a_command_comes_with_its_route_and_streams(codec: Codec) -> None:
    meta, command = add(LEAD, 1, "a", "b")
    asked = taken(codec, as_record(codec, meta, command, offset=4, at_ms=1500))
    assert (asked.offset, asked.meta, asked.command, asked.fault) == (4, meta, command, None)
    assert asked.streams == ("tally-a", "tally-b")
    assert asked.at == datetime(1970, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC)


def test_a_name_that_the_journal_cannot_be_asked_for_is_refused(codec: Codec) -> None:
    asked = taken(codec, as_record(codec, *add(LEAD, 1, "a", "b\0"), offset=4))
    assert (code(asked), asked.streams) == ("name_invalid", ())


@pytest.mark.parametrize("value", [b"", b"\x00", b"\x00\x00\x00\x00\x01rubbish", b"\xff" * 100])
def test_what_cannot_be_read_is_answered_under_the_headers_id(codec: Codec, value: bytes) -> None:
    record = as_record(codec, *add(LEAD, 1), offset=0)._replace(value=value)
    asked = taken(codec, record)
    assert code(asked) == "undecodable"
    assert (asked.journey, asked.command_id) == (LEAD, add(LEAD, 1)[0].command_id)
    refusal = asked.refusal(asked.fault or Fault("", ""), AT)
    assert (refusal.tenant, refusal.actor.id, refusal.command_topic) == (HOLDING_TENANT, "writer", "")


def test_without_an_id_it_gets_the_one_of_its_place(codec: Codec) -> None:
    record = LogRecord(0, 5, 0, LEAD.encode(), b"rubbish", (("ce_id", b"no uuid"),))
    asked, again, other = taken(codec, record), taken(codec, record), taken(codec, record._replace(offset=6))
    assert asked.command_id == again.command_id != other.command_id


@pytest.mark.parametrize("key", [b"", b"\xff\xfe", b"x" * (MAX_TEXT + 1), b"lead/\x00"])
def test_a_key_that_is_no_journey_is_answered_in_the_holdings(codec: Codec, key: bytes) -> None:
    asked = taken(codec, as_record(codec, *add(LEAD, 1), offset=0)._replace(key=key))
    assert (asked.journey, code(asked)) == (HOLDING, "wrong_journey")
    assert asked.refusal(Fault("wrong_journey", ""), AT).journey == HOLDING


def test_key_envelope_and_fields_must_name_one_journey(codec: Codec) -> None:
    meta, command = add(LEAD, 1)
    other = replace(meta, journey="lead/2")
    assert code(taken(codec, as_record(codec, other, command, offset=0))) == "wrong_journey"
    assert code(taken(codec, as_record(codec, other, command, offset=0)._replace(key=LEAD.encode()))) == "wrong_journey"


def test_a_route_that_cannot_tell_the_journey_trusts_the_envelope(codec: Codec) -> None:
    routes: Routes = {Add: replace(ROUTES[Add], journey=lambda _: None)}
    assert code(taken(codec, as_record(codec, *add(LEAD, 1), offset=0), routes=routes)) is None


def test_a_command_in_another_journeys_partition_is_refused(codec: Codec) -> None:
    wrong = 1 - partition_of(LEAD, 2)
    record = as_record(codec, *add(LEAD, 1), offset=0, partition=wrong)
    assert code(taken(codec, record, partitions=2)) == "wrong_partition"


def test_a_command_without_a_route_is_refused(codec: Codec) -> None:
    meta, _ = add(LEAD, 1)
    asked = taken(codec, as_record(codec, meta, Unrouted(journey=LEAD), offset=0))
    assert code(asked) == "undecodable"
    refusal = asked.refusal(asked.fault or Fault("", ""), AT)
    assert (refusal.command_topic, refusal.tenant, refusal.actor.grant) == ("Unrouted", TENANT, frozenset())


def test_a_route_that_crashes_is_the_commands_fault(codec: Codec) -> None:
    routes: Routes = {Add: replace(ROUTES[Add], streams=lambda c: c.no_such_field)}
    asked = taken(codec, as_record(codec, *add(LEAD, 1), offset=0), routes=routes)
    assert asked.fault == Fault("decider_crashed", "AttributeError")


def test_an_id_that_is_no_uuid_and_an_endless_envelope_are_unreadable(codec: Codec) -> None:
    meta, command = add(LEAD, 1)
    for bad in (
        replace(meta, command_id="seven"),
        replace(meta, command_id=meta.command_id.upper()),
        replace(meta, causation="x" * (MAX_TEXT + 1)),
        replace(meta, actor=replace(meta.actor, session="x" * 2**16)),
    ):
        assert code(taken(codec, as_record(codec, bad, command, offset=0))) == "undecodable"
