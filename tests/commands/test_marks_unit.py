"""Commands that kill their writer."""

from __future__ import annotations

import pytest

from commands.actions import Commit, Load, Send
from commands.limits import Limits
from commands.marks import Kind, Mark
from eventlog.codec import Codec
from proof.ground.tallies import add
from tests.commands.driver import Driver, only

LEAD = "lead/1"


@pytest.mark.parametrize("mark", [Mark(), Mark(Kind.RUN, 7), Mark(Kind.TRY, 9, 2)])
def test_a_mark_says_what_was_meant(mark: Mark) -> None:
    assert Mark.parse(mark.text()) == mark


@pytest.mark.parametrize("text", ["", "run", "run x", "try 1", "try 1 x", "nonsense 3"])
def test_an_unknown_mark_is_taken_for_a_clean_end(text: str) -> None:
    assert Mark.parse(text) == Mark()


@pytest.mark.parametrize("found", ["", "clean", "run 5", "try 5 2"])
def test_after_progress_or_a_clean_end_a_run_begins_in_full_speed(codec: Codec, found: str) -> None:
    driver = Driver(codec, found=found)
    assert only(Commit, driver.synced).mark == "run 0"
    assert driver.core.wants == driver.core.limits.batch


def test_after_a_death_without_progress_commands_are_decided_one_at_a_time_and_marked_before(codec: Codec) -> None:
    driver = Driver(codec, found="run 0", limits=Limits(batch=2, loads=1, in_flight=1))
    assert driver.core.wants == 1
    for number in range(4):  # the reach: all that the dead one may have had in its hands
        load = driver.ask(add(LEAD, number))
        assert driver.core.wants == 0
        mark = only(Commit, driver.core.loaded(load.token, driver.answer()))
        assert mark.mark == f"try {number} 1"
        assert mark.token is not None
        driver.acknowledge(driver.core.marked(mark.token))
    assert driver.core.wants == 2


def test_a_command_that_killed_three_is_refused_and_the_next_one_is_decided(codec: Codec) -> None:
    driver = Driver(codec, found="try 0 3")
    actions = driver.decide(add(LEAD, 1))
    assert driver.codes(actions) == ["decider_crashed"]
    driver.acknowledge(actions)
    load = driver.ask(add(LEAD, 2))
    mark = only(Commit, driver.core.loaded(load.token, driver.answer()))
    assert mark.mark == "try 1 1"
    assert mark.token is not None
    assert driver.codes(driver.core.marked(mark.token)) == [None]


def test_deaths_are_counted_over_starts_and_not_over_tries_of_one_process(codec: Codec) -> None:
    driver = Driver(codec, found="try 0 1")
    assert [action for action in driver.synced if isinstance(action, Commit)] == []  # the count must stay
    for _ in range(5):  # resyncs, no deaths
        load = only(Load, driver.core.commands(driver.feed, driver.records(add(LEAD, 1))))
        mark = only(Commit, driver.core.loaded(load.token, driver.answer()))
        assert mark.mark == "try 0 2"
        assert mark.token is not None
        send = only(Send, driver.core.marked(mark.token))
        driver.core.send_failed(send.token, "timeout")
        driver.synced = driver.core.synced(0, 0, 9)
        driver.offset = 0
