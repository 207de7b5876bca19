from __future__ import annotations

import logging

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.errors import Unavailable
from eventlog.dlq import DeadLetter, DlqRateLimit
from eventlog.quiet import RateLimit, quiet_client_logs

LETTER = DeadLetter(
    processor="normalise",
    code="not_json",
    detail="line 1",
    topic="legion.ingress",
    partition=2,
    offset=77,
    key=b"instance",
    headers=(("content-type", b"text/plain"),),
    body=b"\x00sealed\xff",
)


def test_a_letter_says_whose_it_was_where_it_stands_and_why() -> None:
    assert orjson.loads(LETTER.value()) == {
        "id": LETTER.id,
        "processor": "normalise",
        "code": "not_json",
        "detail": "line 1",
        "source": {"topic": "legion.ingress", "partition": 2, "offset": 77},
        "key": "aW5zdGFuY2U=",
        "headers": [["content-type", "dGV4dC9wbGFpbg=="]],
        "body": "AHNlYWxlZP8=",
        "reference": None,
        "run": 0,
    }


def test_a_letter_sent_again_has_the_same_id() -> None:
    again = DeadLetter(processor="normalise", code="other", detail="", topic="legion.ingress", partition=2, offset=77)
    assert again.id == LETTER.id
    assert orjson.loads(again.value())["body"] is None


def test_the_limit_trips_when_everything_fails() -> None:
    limit = DlqRateLimit(min_letters=20)
    for second in range(19):
        limit.dead(second)
    with pytest.raises(Unavailable, match="dlq_limit"):
        limit.dead(19)


def test_some_poison_among_much_that_works_never_trips_it() -> None:
    limit = DlqRateLimit(min_letters=20)
    for second in range(1000):
        limit.handled(second, 10)
        limit.dead(second)


def test_a_few_dead_in_a_quiet_time_do_not_trip_it() -> None:
    limit = DlqRateLimit(window_s=60, min_letters=20)
    for second in range(0, 10_000, 4):
        limit.dead(second)  # 15 a minute, all dead


def test_what_is_older_than_the_window_is_forgotten() -> None:
    limit = DlqRateLimit(window_s=60, min_letters=20)
    limit.handled(0, 1_000_000)
    for count in range(19):
        limit.dead(60.5 + count / 100)
    with pytest.raises(Unavailable):
        limit.dead(61)


@given(st.lists(st.tuples(st.floats(0, 5), st.booleans()), max_size=200))
def test_memory_is_bounded_by_the_window(steps: list[tuple[float, bool]]) -> None:
    limit, now = DlqRateLimit(window_s=10, min_letters=10_000), 0.0
    for step, fine in steps:
        now += step
        (limit.handled if fine else limit.dead)(now)
        assert len(limit._outcomes) <= 12


def log_record(name: str = "aiokafka.conn", message: str = "broker %s is away") -> logging.LogRecord:
    return logging.LogRecord(name, logging.ERROR, "", 0, message, ("x",), None)


def test_the_clients_same_message_passes_once_an_interval() -> None:
    now = 0.0
    limit = RateLimit(10, clock=lambda: now)
    assert [limit.filter(log_record()) for _ in range(5)] == [True, False, False, False, False]
    assert limit.filter(log_record(message="another"))
    now = 11.0
    passed = log_record()
    assert limit.filter(passed)
    assert passed.getMessage() == "broker x is away (and 4 more)"


def test_every_logger_of_the_client_gets_one_limit() -> None:
    quiet_client_logs()
    quiet_client_logs()
    for name in ("aiokafka", "aiokafka.producer.sender", "aiokafka.consumer.fetcher"):
        assert len([f for f in logging.getLogger(name).filters if isinstance(f, RateLimit)]) == 1, name
