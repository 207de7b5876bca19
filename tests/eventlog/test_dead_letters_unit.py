"""The fold over [dlq]: which letters wait, what was done about the others, what has aged out."""

from __future__ import annotations

import pytest

from domain.kernel.errors import NotFound
from eventlog.dead_letters import Letters
from eventlog.dlq import DEAD, RESENT, TYPE, DeadLetter, Resent
from eventlog.model import LogRecord
from streams.letters import REPEAT_S, Alarm


def dead(place: int, *, offset: int, code: str = "c", processor: str = "normalise", run: int = 0) -> LogRecord:
    """A letter at this place of [dlq], about the record at that offset."""
    letter = DeadLetter(processor=processor, code=code, detail="why", topic="in", partition=1, offset=offset, run=run)
    return LogRecord(0, place, 1_000 + place, b"normalise", letter.value(), ((TYPE, DEAD),))


def done(letter: str) -> Resent:
    return Resent(letter=letter, edited=False, by="ana", run=1, partition=0, offset=5)


def resent(place: int, what: Resent) -> LogRecord:
    return LogRecord(0, place, 1_000 + place, b"x", what.value(), ((TYPE, RESENT),))


def folded(*records: LogRecord) -> Letters:
    letters = Letters()
    letters.feed(records)
    return letters


def test_a_letter_waits_until_it_was_sent_again() -> None:
    letters = folded(dead(0, offset=7), dead(1, offset=8, code="d"))
    assert [each.offset for each in letters.waiting()] == [0, 1]
    assert letters.reasons() == {"c": 1, "d": 1}
    letters.feed([resent(2, done(letters.at(0).id))])
    assert [each.offset for each in letters.waiting()] == [1]
    assert [each.by for each in letters.resent(letters.at(0))] == ["ana"]
    assert [each.offset for each in letters.all()] == [0, 1]
    assert letters.waiting("c") == []


def test_what_dies_again_in_a_later_run_is_another_letter_and_waits() -> None:
    letters = folded(dead(0, offset=7))
    letters.feed([resent(1, done(letters.at(0).id)), dead(2, offset=9, run=1)])
    assert [(each.offset, each.run) for each in letters.waiting()] == [(2, 1)]
    assert DeadLetter(processor="p", code="", detail="", topic="t", partition=0, offset=1).id != (
        DeadLetter(processor="p", code="", detail="", topic="t", partition=0, offset=1, run=1).id
    )


def test_a_letter_written_twice_is_one_and_is_done_at_either_place() -> None:
    letters = folded(dead(0, offset=7), dead(1, offset=7))
    assert [each.offset for each in letters.waiting()] == [0]
    letters.feed([resent(2, done(letters.at(1).id))])
    assert letters.waiting() == []


def test_letters_of_the_edge_are_shown_and_never_wait() -> None:
    letters = folded(dead(0, processor="ingress", offset=7))
    assert (len(letters.all()), letters.waiting()) == (1, [])


def test_what_has_aged_out_is_forgotten() -> None:
    letters = folded(dead(0, offset=7), dead(1, offset=8))
    letters.forget(1)
    assert [each.offset for each in letters.all()] == [1]
    with pytest.raises(NotFound):
        letters.at(0)


def test_letters_from_before_runs_were_counted_are_of_the_first() -> None:
    record = dead(0, offset=7)
    assert folded(record._replace(value=record.value.replace(b',"run":0', b""))).at(0).run == 0


def test_the_alarm_is_said_above_the_limit_and_again_only_after_a_while() -> None:
    alarm, letters = Alarm(1), folded(dead(0, offset=7))
    assert not alarm.seen(letters, 0)
    letters.feed([dead(1, offset=8)])
    assert [alarm.seen(letters, now) for now in (1, 2, REPEAT_S, REPEAT_S + 1)] == [True, False, False, True]
    letters.feed([resent(2, done(letters.at(0).id))])
    assert not alarm.seen(letters, REPEAT_S + 2)
    letters.feed([dead(3, offset=9)])
    assert alarm.seen(letters, REPEAT_S + 3)


def test_what_was_done_reads_as_it_was_written() -> None:
    letters = folded(dead(0, offset=7))
    letter = letters.at(0)
    what = Resent(letter=letter.id, edited=True, by="ana", run=3, partition=2, offset=9)
    letters.feed([resent(1, what)])
    assert list(letters.resent(letter)) == [what]
