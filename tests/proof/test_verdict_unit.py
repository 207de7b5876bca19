"""What an oracle makes of a log and of a reader: each kind of fault has its name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from commands.actions import Send
from eventlog.codec import Codec
from eventlog.model import LogRecord
from proof.ground.tallies import add, as_record, make_codec, origin
from proof.oracle.chain import Chain
from proof.oracle.decided import Answer, wanted
from proof.oracle.verdict import Verdict
from tests.commands.driver import Driver

LEAD = "lead/1"
ASKED = [
    add(LEAD, number, f"{LEAD}/a", f"{LEAD}/b", how=how) for number, how in enumerate(("", "refuse", "", "nothing"))
]


@pytest.fixture(scope="module")
def codec(tmp_path_factory: pytest.TempPathFactory) -> Codec:
    return make_codec(tmp_path_factory.mktemp("avro"))


@pytest.fixture(scope="module")
def commands(codec: Codec) -> list[LogRecord]:
    return [as_record(codec, *one, offset=offset) for offset, one in enumerate(ASKED)]


@pytest.fixture(scope="module")
def events(codec: Codec) -> list[LogRecord]:
    """As the writer's core decided on them."""
    sends = [action for action in Driver(codec).decide(*ASKED) if isinstance(action, Send)]
    records = [record for send in sends for record in send.records]
    return [LogRecord(0, offset, 0, *record) for offset, record in enumerate(records)]


@pytest.fixture
def judged(codec: Codec, commands: list[LogRecord], events: list[LogRecord]) -> tuple[Verdict, list[Answer]]:
    verdict = Verdict()
    return verdict, verdict.log(commands, events, Chain(origin().head), codec)


def counts(verdict: Verdict) -> tuple[int, int, int, int]:
    return verdict.lost, verdict.doubled, verdict.wrong, verdict.open


def test_a_log_without_faults_has_none(
    judged: tuple[Verdict, list[Answer]], commands: list[LogRecord], codec: Codec
) -> None:
    verdict, log = judged
    assert counts(verdict) == (0, 0, 0, 0)
    assert log == wanted(commands, codec)
    assert [each.code for each in log] == [None, "no", None, "nothing_to_do"]
    assert verdict.tally(3, {"kills": 3}).n == 3


def test_what_the_log_does_not_reach_is_open(codec: Codec, commands: list[LogRecord], events: list[LogRecord]) -> None:
    verdict = Verdict()
    verdict.log(commands, events[:-1], Chain(origin().head), codec)
    assert counts(verdict) == (0, 0, 0, 1)
    assert verdict.tally(1, {}).unresolved == 1


def reader(log: list[Answer], applied: list[Answer]) -> tuple[int, int, int, int]:
    verdict = Verdict()
    verdict.reader(log, applied)
    return counts(verdict)


def test_a_reader_that_applies_the_log_has_no_faults(judged: tuple[Verdict, list[Answer]]) -> None:
    _, log = judged
    assert reader(log, log) == (0, 0, 0, 0)


def test_a_reader_that_passes_over_twists_or_repeats_has(judged: tuple[Verdict, list[Answer]]) -> None:
    _, log = judged
    first = log[0]
    assert reader(log, log[1:]) == (1, 0, 0, 0)
    assert reader(log, [*log, first]) == (0, 1, 0, 0)
    assert reader(log, [first._replace(code="other"), *log[1:]]) == (0, 0, 1, 0)
    assert reader(log, log[:-1]) == (0, 0, 0, 1)
    assert reader(log, [*log, first._replace(command_id="foreign")]) == (0, 0, 1, 0)


def test_what_was_acknowledged_is_in_the_topic() -> None:
    verdict = Verdict()
    verdict.acknowledged({("lead/1", "a"), ("lead/1", "b")}, {("lead/1", "a")})
    assert (verdict.lost, verdict.sent) == (1, 2)
    with pytest.raises(AssertionError):
        verdict.assert_clean()
    replace(verdict, lost=0).assert_clean()
