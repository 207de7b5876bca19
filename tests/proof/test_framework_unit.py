"""How a claim is performed, kept and told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cli.proof.run import Wish, chosen, rounds_of, run_claims
from domain.kernel.errors import Misconfigured
from proof.claim import Claim, Stage
from proof.claims import CLAIMS
from proof.ledger import Ledger, Leg
from proof.page import render
from proof.perform import Outcome, legs, perform
from proof.result import holds, result_of, upper_bound
from proof.tally import EXAMPLES, Tally, total


class Theatre:
    """A claim whose control loses one of each round; it notes what was played, and may fall over."""

    def __init__(self, *, blind: bool = False, falls_at: int = 0) -> None:
        self.played: list[Stage] = []
        self.blind, self.falls_at = blind, falls_at

    async def play(self, stage: Stage) -> Tally:
        self.played.append(stage)
        if len(self.played) == self.falls_at:
            raise OSError("the power is cut")
        assert stage.folder.is_dir()
        lost = stage.rounds if stage.control and not self.blind else 0
        return Tally(stage.rounds, lost=lost, facts={"sent": 10})

    @property
    def claim(self) -> Claim:
        return Claim("R99", "Says.", "kills", 7, 3, 1, 2, "One is dropped.", self.play)


async def performed(
    theatre: Theatre, ledger: Ledger, *, commit: str = "c0ffee", seed: int = 1, control: bool = True
) -> Outcome:
    claim = theatre.claim
    return await perform(
        claim,
        rounds=claim.rounds,
        leg=claim.leg,
        seed=seed,
        commit=commit,
        control=control,
        ledger=ledger,
        say=lambda line: None,
    )


def result(outcome: Outcome, claim: Claim) -> dict[str, Any]:
    return result_of(
        claim, outcome.tally, outcome.control, seed=1, seconds=outcome.seconds, commit="c0ffee", taken_on="2026-11-28"
    )


@pytest.mark.parametrize(("rounds", "leg", "expected"), [(0, 3, []), (2, 3, [2]), (6, 3, [3, 3]), (7, 3, [3, 3, 1])])
def test_rounds_are_cut_into_legs(rounds: int, leg: int, expected: list[int]) -> None:
    assert legs(rounds, leg) == expected


async def test_a_claim_is_the_sum_of_its_legs_and_has_a_control(tmp_path: Path) -> None:
    theatre = Theatre()
    outcome = await performed(theatre, Ledger(tmp_path / "r99.jsonl"))
    assert [(stage.rounds, stage.control) for stage in theatre.played] == [
        (3, False),
        (3, False),
        (1, False),
        (2, True),
    ]
    assert len({stage.seed for stage in theatre.played}) == 4
    assert outcome.tally == Tally(7, facts={"sent": 30})
    assert holds(result(outcome, theatre.claim))
    assert not any(stage.folder.exists() for stage in theatre.played)


async def test_a_control_that_does_not_fail_is_no_proof(tmp_path: Path) -> None:
    theatre = Theatre(blind=True)
    assert not holds(result(await performed(theatre, Ledger(tmp_path / "r99.jsonl")), theatre.claim))


async def test_a_control_that_was_left_out_is_told(tmp_path: Path) -> None:
    theatre = Theatre()
    outcome = await performed(theatre, Ledger(tmp_path / "r99.jsonl"), control=False)
    assert not any(stage.control for stage in theatre.played)
    told = result(outcome, theatre.claim)
    assert (told["control_failed"], told["control"]) == (None, None)
    assert holds(told)


async def test_what_was_cut_off_goes_on_at_the_leg_that_was_not_finished(tmp_path: Path) -> None:
    file = tmp_path / "r99.jsonl"
    with pytest.raises(OSError, match="power"):
        await performed(Theatre(falls_at=2), Ledger(file))
    with file.open("ab") as torn:
        torn.write(b'{"key": "R99/1/leg 2/')
    theatre = Theatre()
    outcome = await performed(theatre, Ledger(file))
    assert [stage.rounds for stage in theatre.played] == [3, 1, 2]
    assert outcome.tally.n == 7
    again = Theatre()
    assert (await performed(again, Ledger(file))).tally == outcome.tally
    assert not again.played


@pytest.mark.parametrize("other", [{"commit": "decade"}, {"seed": 2}])
async def test_a_leg_of_other_code_or_of_another_seed_is_another_leg(tmp_path: Path, other: dict[str, Any]) -> None:
    await performed(Theatre(), Ledger(tmp_path / "r99.jsonl"))
    theatre = Theatre()
    await performed(theatre, Ledger(tmp_path / "r99.jsonl"), **other)
    assert len(theatre.played) == 4


def test_a_ledger_that_is_told_to_forget_knows_nothing(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "r99.jsonl")
    ledger.add(Leg("k", 1.0, Tally(1, examples=("e",))))
    assert Ledger(tmp_path / "r99.jsonl").find("k") == Leg("k", 1.0, Tally(1, examples=("e",)))
    ledger.forget()
    assert Ledger(tmp_path / "r99.jsonl").find("k") is None


def test_the_bound_is_the_rule_of_three() -> None:
    assert upper_bound(300, 0) == pytest.approx(3 / 300, rel=0.01)
    assert upper_bound(300, 1) is None
    assert upper_bound(0, 0) is None


def test_a_sum_keeps_the_first_examples() -> None:
    summed = total(Tally(1, phantom=1, examples=(str(i),)) for i in range(9))
    assert (summed.n, summed.phantom, summed.examples) == (9, 9, tuple("01234"))
    assert len(summed.examples) == EXAMPLES


@pytest.mark.parametrize("fault", ["lost", "doubled", "phantom", "unresolved"])
def test_any_fault_shows_on_the_page(fault: str) -> None:
    claim, control = Theatre().claim, Tally(2, lost=2)
    assert "| R99 | 7 kills | 0 | 0 | 0 | 0 | 0.35 | failed (2 of 2) |" in render(
        [result(Outcome(Tally(7), control, 1), claim)]
    )
    wrong = Tally(7, **{fault: 1}, examples=("the seventh",))  # type: ignore[arg-type]
    page = render([result(Outcome(wrong, control, 1), claim)])
    assert "| R99 ✗ | 7 kills |" in page
    assert "* the seventh" in page
    assert "**did not fail**" in render([result(Outcome(Tally(7), Tally(2), 1), claim)])


def test_ids_are_unique_and_numbers_make_sense() -> None:
    assert len({claim.id for claim in CLAIMS}) == len(CLAIMS)
    for claim in CLAIMS:
        assert 0 < claim.leg <= claim.rounds
        assert claim.control_rounds > 0


def test_an_unknown_claim_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="R0"):
        chosen(Wish(("R0",), 0, 1, quick=False, control=False, again=False, data=tmp_path))


def test_a_control_alone_has_no_rounds_but_its_own(tmp_path: Path) -> None:
    claim = Theatre().claim
    wish = Wish((), 0, 1, quick=False, control=True, again=False, data=tmp_path)
    assert rounds_of(claim, wish) == 0
    assert rounds_of(claim, Wish((), 5, 1, quick=True, control=False, again=False, data=tmp_path)) == 5
    assert rounds_of(claim, Wish((), 0, 1, quick=True, control=False, again=False, data=tmp_path)) == 1


async def test_a_claim_that_breaks_off_fails_the_run_and_the_next_is_performed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, fine = Theatre(falls_at=1).claim, Theatre().claim
    monkeypatch.setattr("cli.proof.run.CLAIMS", (replace(broken, id="R98"), fine))
    wish, said = Wish((), 2, 1, quick=False, control=False, again=False, data=tmp_path), list[str]()
    answer = await run_claims(wish, taken_on="2026-11-28", say=said.append)
    assert [each["id"] for each in answer.results] == ["R99"]
    assert not answer.holds
    assert "the power is cut" in said[0]
    assert (tmp_path / "r99.json").exists()
