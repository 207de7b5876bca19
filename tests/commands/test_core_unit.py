from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from commands.actions import POSITION_ONLY, Commit, Consume, Load, Resync, Send, Stop
from commands.core import MAX_QUERIES, State
from commands.limits import Limits
from commands.ports import Loaded
from domain.kernel.command import Expected
from domain.kernel.ids import HOLDING, tenant_journey
from eventlog.assemble import MAX_COMMIT_BYTES, build_commit
from eventlog.codec import Codec
from eventlog.model import EpochClosed, LogRecord, Recorded
from proof.ground.tallies import TENANT, Added, add, forbidden
from tests.commands.driver import Asked, Driver, only

LEAD = "lead/1"


@pytest.fixture
def driver(codec: Codec) -> Driver:
    return Driver(codec)


def test_a_batch_asks_the_journal_once_for_all_that_it_lacks(driver: Driver) -> None:
    load = driver.ask(add(LEAD, 1, "a"), add(LEAD, 2, "a", "b"), add("lead/2", 3, "c"))
    assert load.streams == ((LEAD, "tally-a"), (LEAD, "tally-b"), ("lead/2", "tally-c"))
    assert len(load.command_ids) == 3


def test_a_stream_that_is_cached_is_not_asked_for_again(driver: Driver) -> None:
    driver.acknowledge(driver.decide(add(LEAD, 1, "a")))
    assert driver.ask(add(LEAD, 2, "a")).streams == ()


def test_the_commits_of_a_batch_leave_in_one_send_at_the_expected_offset(driver: Driver) -> None:
    send = only(Send, driver.decide(add(LEAD, 1, "a", "b"), add(LEAD, 2, "a")))
    assert send.first_offset == 0
    assert len(send.records) == 3
    second = only(Send, driver.decide(add(LEAD, 3)))
    assert second.first_offset == 3  # before the first one is acknowledged


def test_nothing_is_verified_before_its_acknowledgement(driver: Driver) -> None:
    actions = driver.decide(add(LEAD, 1))
    assert driver.core.anchor.is_genesis
    driver.acknowledge(actions)
    assert driver.core.anchor.last_command_offset == 0
    assert driver.core.idle


@pytest.mark.parametrize("offset", [-1, 1, 7])
def test_an_acknowledgement_at_any_other_offset_discards_all(driver: Driver, offset: int) -> None:
    send = only(Send, driver.decide(add(LEAD, 1)))
    assert only(Resync, driver.core.acknowledged(send.token, offset)).reason == "acknowledged_elsewhere"
    assert driver.core.state is State.SYNCING
    assert len(driver.core.tip.overlay) == len(driver.core.tip.cache) == 0


def test_an_error_or_a_time_out_discards_all_and_the_late_answer_is_ignored(driver: Driver) -> None:
    send = only(Send, driver.decide(add(LEAD, 1)))
    assert only(Resync, driver.core.send_failed(send.token, "timeout")).reason == "timeout"
    assert driver.core.acknowledged(send.token, send.first_offset) == []
    assert driver.core.send_failed(send.token, "timeout") == []
    assert driver.core.anchor.is_genesis


def test_at_most_three_sends_are_in_flight_and_the_rest_waits(driver: Driver) -> None:
    sends = [only(Send, driver.decide(add(LEAD, number))) for number in range(3)]
    assert driver.decide(add(LEAD, 3)) == []
    assert driver.core.wants == driver.core.limits.batch
    driver.ask(add(LEAD, 4))
    assert driver.core.wants == 0
    assert only(Send, driver.core.acknowledged(sends[0].token, 0)).first_offset == 3


def test_a_batch_larger_than_kafkas_is_split_between_commits(driver: Driver) -> None:
    large = "x" * 400_000
    sends = [a for a in driver.decide(*(add(LEAD, n, note=large) for n in range(5))) if isinstance(a, Send)]
    assert [len(send.records) for send in sends] == [2, 2, 1]
    assert all(sum(len(record.value) for record in send.records) < MAX_COMMIT_BYTES for send in sends)
    assert [send.first_offset for send in sends] == [0, 2, 4]


def test_the_rest_of_a_batch_waits_when_its_first_sends_fill_the_flight(driver: Driver) -> None:
    large = "x" * 900_000
    actions = driver.decide(*(add(LEAD, n, note=large) for n in range(6)))
    sent = 0
    while actions:
        sent += sum(isinstance(action, Send) for action in actions)
        assert driver.core.in_flight <= driver.core.limits.in_flight + 1
        actions = driver.acknowledge(actions)
    assert sent == 6


def test_a_commit_larger_than_a_batch_is_refused_and_its_streams_are_as_before(driver: Driver) -> None:
    actions = driver.decide(add(LEAD, 1, "a", "b", note="x" * 600_000), add(LEAD, 2, "a"))
    assert driver.codes(actions) == ["commit_too_large", None]
    event = driver.codec.decode_event(only(Send, actions).records[1].value)
    assert (event.meta.version, getattr(event.event, "total", None)) == (1, 1)


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("refuse", "no"),
        ("refuse half-way", "half_way"),
        ("crash", "decider_crashed"),
        ("recurse", "decider_crashed"),
        ("nothing", "nothing_to_do"),
    ],
)
def test_a_refusal_is_recorded_and_the_next_command_finds_the_streams_as_before(
    driver: Driver, how: str, code: str
) -> None:
    driver.acknowledge(driver.decide(add(LEAD, 1, "a", "b")))
    driver.journal = replace(driver.journal, events={})
    load = driver.ask(add(LEAD, 2, "a", "b", how=how), add(LEAD, 3, "a", "b"))
    actions = driver.core.loaded(load.token, Loaded(next_offset=0))  # the journal lags: the overlay has it all
    sends = list(actions)
    for again in (action for action in actions if isinstance(action, Load)):  # evicted: asked for and built again
        sends += driver.core.loaded(again.token, Loaded(next_offset=0))
    assert driver.codes(sends) == [code, None, None]
    last = [record for send in sends if isinstance(send, Send) for record in send.records][-1]
    assert driver.codec.decode_event(last.value).meta.version == 2


def seen(asked: Asked, version: int, tally: str = f"{LEAD}/a") -> Asked:
    meta, command = asked
    return replace(meta, expected=Expected(stream=f"tally-{tally}", version=version)), command


def test_of_two_who_have_seen_the_same_one_wins_and_the_other_is_told(driver: Driver) -> None:
    driver.acknowledge(driver.decide(add(LEAD, 1)))
    first, second = seen(add(LEAD, 2), 1), seen(add(LEAD, 3), 1)
    load = driver.ask(first, second)
    actions = driver.core.loaded(load.token, Loaded(next_offset=0))
    assert driver.codes(actions) == [None, "version_mismatch"]
    assert [
        getattr(driver.codec.decode(record.value), "detail", None) for record in only(Send, actions).records[1:]
    ] == ["expected version 1, it is 2"]


def test_without_what_they_have_seen_both_win(driver: Driver) -> None:
    """The control of the one above."""
    driver.acknowledge(driver.decide(add(LEAD, 1)))
    assert driver.codes(driver.decide(add(LEAD, 2), add(LEAD, 3))) == [None, None]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (seen(add(LEAD, 2), 1), None),
        (seen(add(LEAD, 2), 0), "version_mismatch"),
        (seen(add(LEAD, 2), 7), "version_mismatch"),
        (seen(add(LEAD, 2), 1, "other"), "version_mismatch"),  # a stream that the command does not touch
        (seen(add(LEAD, 2, how="refuse"), 7), "no"),  # RFC 9110 §13.2.1: who is refused anyway learns no version
        (seen(add(LEAD, 2, how="nothing"), 1), "nothing_to_do"),
    ],
)
def test_what_was_seen_must_be_so_still(driver: Driver, asked: Asked, code: str | None) -> None:
    driver.acknowledge(driver.decide(add(LEAD, 1)))
    load = driver.ask(asked)
    assert driver.codes(driver.core.loaded(load.token, Loaded(next_offset=0))) == [code]


def test_a_mismatch_leaves_the_stream_as_it_was(driver: Driver) -> None:
    driver.acknowledge(driver.decide(add(LEAD, 1)))
    load = driver.ask(seen(add(LEAD, 2), 7), add(LEAD, 3))
    actions = driver.core.loaded(load.token, Loaded(next_offset=0))
    sends = list(actions)
    for again in (action for action in actions if isinstance(action, Load)):
        sends += driver.core.loaded(again.token, Loaded(next_offset=0))
    last = [record for send in sends if isinstance(send, Send) for record in send.records][-1]
    event = driver.codec.decode_event(last.value)
    assert (event.meta.version, getattr(event.event, "total", None)) == (2, 2)


def test_a_crash_tells_only_its_class(driver: Driver) -> None:
    send = only(Send, driver.decide(add(LEAD, 1, how="crash")))
    assert getattr(driver.codec.decode(send.records[0].value), "detail", None) == "ZeroDivisionError"


def test_an_actor_without_the_permission_is_refused(driver: Driver) -> None:
    assert driver.codes(driver.decide(forbidden(LEAD, 1))) == ["forbidden"]


@pytest.mark.parametrize(
    ("journey", "code"),
    [(HOLDING, "wrong_tenant"), (tenant_journey("another"), "wrong_tenant"), (tenant_journey(TENANT), None)],
)
def test_a_command_in_another_tenants_journey_is_refused(driver: Driver, journey: str, code: str | None) -> None:
    assert driver.codes(driver.decide(add(journey, 1), add(journey, 2))) == [code, code]


def test_the_same_id_is_answered_once_whoever_knows_it(driver: Driver) -> None:
    first, second, third = add(LEAD, 1), add(LEAD, 2), add(LEAD, 3)
    actions = driver.decide(first, first)
    assert driver.codes(actions) == [None]  # speculative, in the same batch
    driver.acknowledge(actions)
    assert driver.decide(first) == []  # in the overlay
    driver.journal = replace(driver.journal, known=frozenset({(LEAD, second[0].command_id)}))
    assert driver.codes(driver.decide(second, third)) == [None]  # in the journal
    assert driver.core.counts["repeated"] == 3


def test_the_time_is_the_logs_and_never_goes_back_in_a_journey(driver: Driver) -> None:
    later = datetime(2026, 1, 1, tzinfo=UTC)
    driver.journal = replace(driver.journal, last_at={LEAD: later})

    def at(*asked: object, ms: int) -> datetime:
        send = only(Send, driver.decide(add(LEAD, ms), at_ms=ms))
        driver.acknowledge([send])
        return driver.codec.decode_event(send.records[0].value).meta.at

    assert at(ms=5) == later  # the journal's
    after = int((later + timedelta(seconds=1)).timestamp() * 1000)
    assert at(ms=after) == later + timedelta(seconds=1)  # the command's own
    assert at(ms=7) == later + timedelta(seconds=1)  # the overlay's


def test_a_quarantined_journey_is_refused_and_the_others_go_on(driver: Driver) -> None:
    driver.journal = replace(driver.journal, quarantined=frozenset({LEAD}))
    assert driver.codes(driver.decide(add(LEAD, 1), add("lead/2", 2, "c"))) == ["journey_quarantined", None]


def test_a_history_that_cannot_be_evolved_quarantines_its_journey(driver: Driver) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    bad = Added(originator_id="tally-a", originator_version=2, timestamp=at, by=1, total=1)  # a gap
    driver.journal = replace(driver.journal, events={(LEAD, "tally-a"): [bad]})
    assert driver.codes(driver.decide(add(LEAD, 1, "a"), add("lead/2", 2, "c"))) == ["journey_quarantined", None]


def test_a_journal_older_than_the_writers_own_commits_is_overlaid(driver: Driver) -> None:
    driver.acknowledge(driver.decide(add(LEAD, 1, "a")))
    driver.core.tip.cache.clear()
    load = driver.ask(add(LEAD, 2, "a"))
    send = only(Send, driver.core.loaded(load.token, Loaded(next_offset=0)))
    assert driver.codec.decode_event(send.records[0].value).meta.version == 2


def test_an_answer_older_than_what_was_forgotten_is_asked_again(driver: Driver) -> None:
    driver.acknowledge(driver.decide(add(LEAD, 1, "a")))
    driver.acknowledge(driver.decide(add(LEAD, 2, "b")))  # the journal said 1: the first commit is forgotten
    load = driver.ask(add(LEAD, 3, "a"))
    assert only(Load, driver.core.loaded(load.token, Loaded(next_offset=0))).token != load.token


def test_a_journal_that_stays_behind_stops_the_writer(driver: Driver) -> None:
    driver.acknowledge(driver.decide(add(LEAD, 1, "a")))
    driver.acknowledge(driver.decide(add(LEAD, 2, "b")))
    token, stops = driver.ask(add(LEAD, 3, "a")).token, []
    for _ in range(MAX_QUERIES):
        (action,) = driver.core.loaded(token, Loaded(next_offset=0))
        if isinstance(action, Stop):
            stops.append(action)
            break
        assert isinstance(action, Load)
        token = action.token
    assert [stop.code for stop in stops] == ["journal_gone_back"]


def test_a_journal_ahead_of_what_is_verified_waits_for_acknowledgements_or_resyncs(driver: Driver) -> None:
    send = only(Send, driver.decide(add(LEAD, 1, "a")))
    load = driver.ask(add(LEAD, 2, "b"))
    assert driver.core.loaded(load.token, Loaded(next_offset=1)) == []  # perhaps ours, perhaps not
    assert only(Send, driver.core.acknowledged(send.token, 0)).first_offset == 1
    load = driver.ask(add(LEAD, 3, "c"))
    driver.acknowledge([Send(send.token + 2, 1, 1, ())])
    assert only(Resync, driver.core.loaded(load.token, Loaded(next_offset=9))).reason == "journal_ahead"


def test_a_gap_in_the_commands_is_asked_for_again_and_believed_the_second_time(driver: Driver) -> None:
    first, _, third = driver.records(add(LEAD, 1), add(LEAD, 2), add(LEAD, 3))
    actions = driver.core.commands(driver.feed, [first, third])
    again = only(Consume, actions)
    assert again.offset == 1
    assert len(only(Load, actions).command_ids) == 1
    assert driver.core.commands(driver.feed, [third]) == []  # of the feed before
    assert len(only(Load, driver.core.commands(again.feed, [third])).command_ids) == 1


def test_records_that_come_twice_are_asked_for_again(driver: Driver) -> None:
    (record,) = driver.records(add(LEAD, 1))
    driver.core.commands(driver.feed, [record])
    assert only(Consume, driver.core.commands(driver.feed, [record])).offset == 1


def test_memory_is_bounded_the_writer_waits_for_the_journal(codec: Codec) -> None:
    driver = Driver(codec, limits=Limits(memory=20_000))
    driver.acknowledge(driver.decide(add(LEAD, 1, note="x" * 30_000)))
    assert driver.core.full
    assert driver.core.wants == 0
    assert driver.core.tick() == [Load(POSITION_ONLY, (), ())]
    assert not any(isinstance(action, Load) for action in driver.core.tick())  # one question at a time
    driver.core.loaded(POSITION_ONLY, Loaded(next_offset=0))
    assert driver.core.wants == 0
    assert driver.core.tick() == [Load(POSITION_ONLY, (), ())]
    driver.core.loaded(POSITION_ONLY, Loaded(next_offset=1))
    assert driver.core.wants > 0


def test_a_takeover_waits_for_the_journal_too(codec: Codec) -> None:
    other = Driver(codec)
    records = only(Send, other.decide(add(LEAD, 1, note="x" * 30_000))).records
    driver = Driver(codec, limits=Limits(memory=20_000))
    driver.core.send_failed(only(Send, driver.decide(add(LEAD, 1))).token, "timeout")
    actions = driver.core.verified([LogRecord(0, 0, 0, *record) for record in records])
    assert actions == [Load(POSITION_ONLY, (), ())]
    assert driver.core.full


def test_idle_it_says_how_far_it_is_once(driver: Driver) -> None:
    driver.acknowledge(driver.decide(add(LEAD, 1)))
    assert driver.core.tick() == [Commit(1, "run 0")]
    assert driver.core.tick() == []


def test_the_end_is_clean(driver: Driver) -> None:
    actions = driver.decide(add(LEAD, 1))
    driver.acknowledge(actions)
    assert driver.core.stop() == [Commit(1, "clean")]
    assert driver.core.send_failed(only(Send, actions).token, "timeout") == []
    assert driver.core.commands(driver.feed, []) == []
    assert driver.core.verified([]) == driver.core.synced(0, 0, 0) == []


@pytest.mark.parametrize(("begin", "end"), [(1, 5), (0, -1)])
def test_a_commands_topic_without_the_resume_point_stops_with_alarm(codec: Codec, begin: int, end: int) -> None:
    (stop,) = Driver(codec, commands_begin=begin, end=end).synced
    assert isinstance(stop, Stop)
    assert (stop.code, stop.corrupt) == ("commands_cut", True)


def test_commands_trimmed_after_they_were_answered_are_not_missed(codec: Codec) -> None:
    driver = Driver(codec, committed=7, commands_begin=6, end=9)
    assert only(Consume, driver.synced).offset == 6


def test_a_closed_epoch_takes_no_more_commands(codec: Codec, driver: Driver) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    meta, _ = add(LEAD, 1)
    closed = EpochClosed(command_id=meta.command_id, actor=meta.actor, at=at, next_epoch=1, partitions=3)
    built = build_commit(driver.core.anchor.head, 0, 0, closed, codec)
    driver.core.send_failed(only(Send, driver.decide(add(LEAD, 1))).token, "timeout")
    driver.core.verified([LogRecord(0, 0, 0, *record) for record in built.records])
    (stop,) = driver.core.synced(1, 0, 9)
    assert isinstance(stop, Stop)
    assert (stop.code, stop.corrupt) == ("epoch_closed", False)


def test_an_unreadable_commit_in_the_log_quarantines_its_journey(codec: Codec, driver: Driver) -> None:
    meta, _ = add(LEAD, 1)
    send = only(Send, driver.decide(add(LEAD, 1, "a", "b")))
    bodies = [codec.decode(record.value) for record in send.records]
    events = [body for body in bodies if isinstance(body, Recorded)]
    built = build_commit(driver.core.anchor.head, 0, 0, events, codec)
    spoilt = [LogRecord(0, n, 0, r.key, b"\x00\xff\xff\xff\xffx", r.headers) for n, r in enumerate(built.records)]
    driver.core.send_failed(send.token, "timeout")
    driver.core.verified(spoilt)
    driver.synced = driver.core.synced(2, 0, 9)
    driver.offset = 1
    load = driver.ask(add(LEAD, 5), add("lead/2", 6, "c"))
    assert driver.codes(driver.core.loaded(load.token, Loaded(next_offset=0))) == ["journey_quarantined", None]
    assert meta.journey == LEAD
