"""What is seen is recorded as told, in a journey of the company's own."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.kernel.actor import Actor, ActorKind, Permission
from domain.kernel.errors import Forbidden, Refused
from domain.security.commands import RecordAct, RecordFailures, RecordReads
from domain.security.day import MAX_ROWS
from domain.security.events import AccountActed, FailuresSummarised, PersonalDataRead
from domain.security.records import Act, Change, Failure, FailureCount, ReadCount
from tests.domain.spec import COMPANY, World

SINCE = datetime(2026, 11, 29, 8, tzinfo=UTC)
RECORDER = Actor(kind=ActorKind.USER, id="u1", session="s1", grant=frozenset({Permission.SECURITY_RECORD}))

ACT = RecordAct(
    company=COMPANY,
    day="2026-11-29",
    act=Act.API_KEY_ROTATED,
    user=None,
    about="k1",
    changes=(Change(field="expires_at", before=None, after="2027-01-01"),),
)
FAILURES = RecordFailures(
    company=COMPANY,
    day="2026-11-29",
    since=SINCE,
    until=SINCE + timedelta(minutes=1),
    failures=(FailureCount(failure=Failure.LOGIN_FAILED, account="a1", network="203.0.113.0/24", count=7),),
)
READS = RecordReads(
    company=COMPANY,
    day="2026-11-29",
    reader_kind=ActorKind.USER,
    reader="u1",
    what="lead",
    since=SINCE,
    until=SINCE + timedelta(minutes=15),
    subjects=(ReadCount(subject="l1", count=2),),
)


def recorded(world: World) -> str:
    """The stream of the one event."""
    (event,) = world.events
    return str(event.originator_id)


@pytest.mark.parametrize(
    ("command", "event"), [(ACT, AccountActed), (FAILURES, FailuresSummarised), (READS, PersonalDataRead)]
)
def test_it_is_recorded_as_told_in_the_stream_of_its_day(
    command: RecordAct | RecordFailures | RecordReads, event: type[AccountActed]
) -> None:
    world = World(RECORDER)
    (made,) = world.ask(command)
    assert isinstance(made, event)
    assert recorded(world) == f"security-{COMPANY}.2026-11-29"
    told = {name: value for name, value in vars(command).items() if name != "day"}
    assert {name: getattr(made, name) for name in told} == told


def test_the_same_act_twice_is_two_events() -> None:
    world = World(RECORDER)
    assert [event.originator_version for _ in range(2) for event in world.ask(ACT)] == [1, 2]


@pytest.mark.parametrize(
    "command",
    [
        replace(FAILURES, until=SINCE),
        replace(FAILURES, failures=()),
        replace(FAILURES, failures=FAILURES.failures * (MAX_ROWS + 1)),
        replace(FAILURES, failures=(replace(FAILURES.failures[0], count=0),)),
        replace(READS, since=READS.until),
        replace(READS, subjects=()),
    ],
)
def test_what_cannot_be_true_is_refused(command: RecordFailures | RecordReads) -> None:
    with pytest.raises(Refused) as refused:
        World(RECORDER).ask(command)
    assert refused.value.code == "invalid_summary"


def test_only_who_is_vouched_for_records_anything() -> None:
    with pytest.raises(Forbidden):
        World(replace(RECORDER, grant=frozenset({Permission.SECURITY_READ}))).ask(ACT)


def test_a_journey_is_its_companys_own() -> None:
    with pytest.raises(Refused) as refused:
        World(RECORDER).ask(ACT, tenant="another")
    assert refused.value.code == "wrong_tenant"
