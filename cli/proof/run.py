"""`legion proof`'s parts: which claims, how many rounds, and where the results go."""

from __future__ import annotations

import subprocess
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from domain.kernel.errors import Misconfigured
from proof.claim import Claim
from proof.claims import CLAIMS
from proof.ledger import Ledger
from proof.page import RESULTS
from proof.perform import Outcome, Say, perform
from proof.result import holds, result_of

ROOT: Final = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asks for. rounds 0: the claim's own."""

    ids: tuple[str, ...]
    rounds: int
    seed: int
    quick: bool
    control: bool
    again: bool
    data: Path


@dataclass(frozen=True, slots=True)
class Answer:
    """holds: every claim came to its end, without faults, and every control failed (of a run of controls only: every
    control failed)."""

    results: list[dict[str, Any]]
    holds: bool


def chosen(wish: Wish) -> list[Claim]:
    """Raises `Misconfigured` for an id that is no claim's."""
    known = {claim.id: claim for claim in CLAIMS}
    if unknown := [each for each in wish.ids if each not in known]:
        raise Misconfigured("unknown_claim", f"{', '.join(unknown)}: there are {', '.join(known)}")
    if wish.ids:
        return [known[each] for each in wish.ids]
    return [claim for claim in CLAIMS if not claim.alone and (claim.quick or not wish.quick)]


def rounds_of(claim: Claim, wish: Wish) -> int:
    if wish.control:
        return 0
    return wish.rounds or (claim.quick if wish.quick else claim.rounds)


async def run_claims(wish: Wish, *, taken_on: str, say: Say) -> Answer:
    """One after the other: they load the machine. Results are written as they come; one that falls over is told, and
    the next ones are performed: a run lasts long."""
    commit, results, broken = _commit(), [], 0
    for claim in chosen(wish):
        rounds = rounds_of(claim, wish)
        ledger = Ledger(wish.data / f"{claim.id}.jsonl")
        if wish.again:
            ledger.forget()
        leg = rounds if wish.quick and rounds else claim.leg
        try:
            outcome = await perform(
                claim,
                rounds=rounds,
                leg=leg,
                seed=wish.seed,
                commit=commit,
                control=wish.control or not (wish.quick and claim.slow_control),
                ledger=ledger,
                say=say,
            )
        except Exception:  # noqa: BLE001 - whatever it is, it is this claim's; it fails the run
            say(f"{claim.id} BROKE OFF\n{traceback.format_exc()}")
            broken += 1
            continue
        result = _result(claim, outcome, wish.seed, commit, taken_on)
        results.append(result)
        full = rounds >= claim.rounds and outcome.control is not None
        _write(RESULTS if full else wish.data, result)
        say(f"{claim.id} {_verdict(result, only_control=not rounds)}")
    fine = all(each["control_failed"] if wish.control else holds(each) for each in results)
    return Answer(results, fine and not broken)


def _result(claim: Claim, outcome: Outcome, seed: int, commit: str, taken_on: str) -> dict[str, Any]:
    return result_of(
        claim,
        outcome.tally,
        outcome.control,
        seed=seed,
        seconds=outcome.seconds,
        commit=commit,
        taken_on=taken_on,
    )


CONTROLS: Final = {
    True: "the control failed as it must",
    False: "THE CONTROL DID NOT FAIL",
    None: "the control is left to a full run",
}


def _verdict(result: dict[str, Any], *, only_control: bool) -> str:
    control = CONTROLS[result["control_failed"]]
    if only_control:
        return control
    counts = ", ".join(f"{kind} {result[kind]}" for kind in ("lost", "doubled", "phantom", "unresolved"))
    return f"{'holds' if holds(result) else 'DOES NOT HOLD'}: {result['n']} {result['unit']}, {counts}; {control}"


def _write(folder: Path, result: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    option = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    (folder / f"{result['id'].lower()}.json").write_bytes(orjson.dumps({"results": [result]}, option=option))


CODE: Final = (".", ":!proof/results", ":!docs", ":!tests", ":!benchmarks", ":!*.md")
"""What a proof's outcome may depend on: writing a result down is not other code."""


def _commit() -> str:
    """The last one that changed the code under proof; with a plus when files differ from it."""
    try:
        commit = _git("log", "-1", "--format=%h", "--", *CODE)
        changed = _git("status", "--porcelain", "--", *CODE)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return f"{commit}+" if changed else commit


def _git(*arguments: str) -> str:
    command = ["git", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - no shell
    return done.stdout.strip()
