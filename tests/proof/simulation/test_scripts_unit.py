"""Scripts: what is printed can be played. Histories that once broke a promise stand here."""

from __future__ import annotations

import pytest

from proof.simulation.histories import explore
from proof.simulation.mutants import FAMILIES, Mutant, mutants
from proof.simulation.script import Broken, Step, play, read, replay


def the(title: str) -> Mutant:
    return next(mutant for mutant in mutants() if mutant.title == title)


@pytest.mark.slow
def test_a_failing_history_is_printed_as_a_short_script_that_fails_again() -> None:
    mutant = the("resume: goes on where it stood")
    with mutant.planted():
        _, broken = explore(50, 7, profiles=[FAMILIES[mutant.family]])
        assert broken is not None
        assert len(read(broken.script)) <= 12, broken.script
        assert "replay(" in str(broken)
        with pytest.raises(Broken) as again:
            replay(broken.script)
    assert again.value.why == broken.why
    replay(broken.script)  # and without the mutant it ends well


def test_what_is_printed_is_what_was_played() -> None:
    steps = [Step("message", 0), Step("land", 3), Step("calm", 7), Step("time out", 0), Step("message", 1)]
    mutant = the("overlay: forgets the time")
    with mutant.planted(), pytest.raises(Broken) as broken:
        play(steps)
    kept = read(broken.value.script)
    assert Step("land", 3) not in kept  # there was nothing to land
    assert kept == [step for step in steps if step in kept]
    with mutant.planted(), pytest.raises(Broken) as again:
        replay(broken.value.script)
    assert again.value.script == broken.value.script


def test_what_is_no_step_is_not_played() -> None:
    with pytest.raises(ValueError, match="no step: dance 3"):
        replay("dance 3")
