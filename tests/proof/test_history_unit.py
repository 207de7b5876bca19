"""The history's checker: an order that everybody can have seen is accepted, whatever else is told."""

from __future__ import annotations

from datetime import UTC, datetime

from proof.oracle.decided import Answer
from proof.oracle.history import History

AT = datetime(2026, 11, 28, tzinfo=UTC)


def written(
    id_: str, version: int, *, offset: int | None = None, stream: str = "tally-a", code: str | None = None
) -> Answer:
    events = () if code else ((stream, version, version),)
    return Answer(version if offset is None else offset, "lead/1", id_, AT, code, events)


def history(*spans: tuple[str, float, float, Answer]) -> History:
    """Each: id, when it was asked, when it was answered, and what."""
    made = History()
    for id_, asked, told, answer in spans:
        made.ask(id_, asked)
        made.tell(answer, told)
    return made


def test_one_after_the_other_is_fine() -> None:
    one, two = written("a", 1), written("b", 2)
    made = history(("a", 0, 1, one), ("b", 2, 3, two))
    made.judge({0: [one, two]})
    assert made.tally().faults == 0


def test_those_at_the_same_time_may_be_in_either_order() -> None:
    one, two = written("a", 1), written("b", 2)
    made = history(("b", 0, 5, two), ("a", 1, 4, one))
    made.judge({0: [one, two]})
    assert made.tally().faults == 0


def test_one_that_was_answered_before_the_other_was_asked_has_the_smaller_version() -> None:
    one, two = written("late", 1), written("early", 2)
    made = history(("early", 0, 1, two), ("late", 2, 3, one))
    made.judge({0: [one, two]})
    assert made.backwards == 1


def test_an_order_against_time_shows_over_those_between() -> None:
    answers = [written("late", 1), written("between", 2), written("early", 3)]
    made = history(("early", 0, 1, answers[2]), ("between", 0, 9, answers[1]), ("late", 2, 3, answers[0]))
    made.judge({0: answers})
    assert made.backwards == 1


def test_versions_without_a_gap_and_each_once() -> None:
    made = history()
    made.judge({0: [written("a", 1), written("b", 3), written("c", 3)]})
    assert made.gaps == 2


def test_streams_have_nothing_to_do_with_each_other() -> None:
    made = history()
    made.judge({0: [written("a", 1), written("b", 1, stream="tally-b"), written("c", 2)]})
    assert made.tally().faults == 0


def test_the_same_id_has_the_same_answer() -> None:
    made = history(("a", 0, 1, written("a", 1)), ("a", 2, 3, written("a", 1)))
    assert made.contradicted == 0
    made.tell(written("a", 2), 4)
    assert made.contradicted == 1


def test_what_was_told_must_stand_in_the_log() -> None:
    made = history(("a", 0, 1, written("a", 1)))
    made.judge({0: [written("a", 1, code="no")]})
    assert made.contradicted == 1


def test_a_read_sees_what_was_answered_before() -> None:
    made = history(("a", 0, 1, written("a", 1)), ("b", 1, 2, written("b", 2)))
    least = made.completed("tally-a")
    made.read("tally-a", 2, least)
    made.read("tally-a", 3, least)
    assert made.stale == 0
    made.read("tally-a", 1, least)
    assert (made.stale, made.operations, made.tally().facts["reads"]) == (1, 3, 3)


def test_one_that_nobody_heard_of_has_any_place() -> None:
    made = History()
    made.ask("unknown", 0)
    made.ask("b", 5)
    made.tell(written("b", 1), 6)
    made.judge({0: [written("b", 1), written("unknown", 2)]})
    assert made.tally().faults == 0
