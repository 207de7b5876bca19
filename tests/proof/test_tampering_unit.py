"""S11 in small, and its controls: a verifier with a rule left out misses what the whole one finds."""

from __future__ import annotations

import random

import pytest

from eventlog.audit import Walk
from proof.tampering.harms import HARMS, edit_value, rechain, roll_back
from proof.tampering.log import SignedLog, signed_log
from proof.tampering.run import changed, control_of, look, run

SEED = 20261128


@pytest.fixture(scope="module")
def log() -> SignedLog:
    return signed_log(SEED)


def test_an_untouched_log_verifies(log: SignedLog) -> None:
    assert control_of(log) == []
    assert sum(map(len, log.records)) > sum(len(commit.records) for own in log.commits for commit in own)  # voids
    assert any(commit.refusal for own in log.commits for commit in own)


async def test_every_kind_of_harm_is_found_and_placed() -> None:
    told = await run(5 * len(HARMS), SEED)
    assert {name: told[name] for name in ("undetected", "misplaced", "unsaid")} == dict.fromkeys(
        ("undetected", "misplaced", "unsaid"), 0
    ), told["examples"]
    assert all(counts["n"] == 5 for counts in told["by_kind"].values())


async def test_what_the_log_alone_cannot_tell_is_counted() -> None:
    told = await run(2 * len(HARMS), SEED + 1)
    for kind in ("cut", "rechain", "roll_back", "rechain_and_sign"):
        assert told["by_kind"][kind]["unknowable"] == 2
    assert told["by_kind"]["roll_back"].get("found_in_topic", 0) == 0  # the topic was rolled back too


async def test_a_verifier_that_compares_sizes_only_misses_some() -> None:
    told = await run(3 * len(HARMS), SEED, control=True)
    assert told["undetected"] > 0


def test_without_the_rule_that_the_chain_goes_on_an_edit_in_the_middle_is_missed(log: SignedLog) -> None:
    class Blind(Walk):
        def end(self, strays: object) -> list:  # type: ignore[type-arg]
            return super().end({})

    missed = 0
    for number in range(20):
        harmed = edit_value(log, random.Random(number))
        if look(harmed.records, harmed.lines, log).alone:
            missed += not look(harmed.records, harmed.lines, log, Blind).alone
    assert missed > 10


@pytest.mark.parametrize("harm", [rechain, roll_back])
def test_only_what_was_kept_outside_tells_of_a_past_that_fits_together(log: SignedLog, harm: object) -> None:
    harmed = harm(log, random.Random(1))  # type: ignore[operator]
    assert changed(log, harmed)
    found = look(harmed.records, harmed.lines, log)
    assert (bool(found.alone), bool(found.outside)) == (False, True)


@pytest.mark.slow
async def test_ten_thousand() -> None:
    told = await run(10_000, SEED)
    assert told["undetected"] == told["misplaced"] == told["unsaid"] == 0, told["examples"]
