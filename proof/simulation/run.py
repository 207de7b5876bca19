"""What the proof framework calls: so many histories of one seed, and the controls."""

from __future__ import annotations

import sys
import time
from typing import Any, Final

from proof.simulation.histories import explore
from proof.simulation.mutants import FAMILIES, Mutant, mutants

MOST: Final = 1_000
"""Histories given to one mutant. The hardest to kill needs about a hundred, another seed perhaps three times that."""


def run(histories: int, seed: int, control: bool) -> dict[str, Any]:
    """Plays the histories against the cores as they are, or (control) against each mutant until it is dead.

    Returns n (histories played), commands, seconds, histories_per_minute and commands_per_second (of one core's time);
    failed: script and `why` of the first history that broke a promise, else None. With control: killed (mutant → at
    which history), survived (names), control_failed: every mutant was killed, as it must.
    """
    started, processor = time.perf_counter(), time.process_time()
    if control:
        return {**kill(seed), "seed": seed, "seconds": round(time.perf_counter() - started, 1)}
    tally, broken = explore(histories, seed)
    of_one_core = time.process_time() - processor
    return {
        "n": tally.histories,
        "seed": seed,
        "commands": tally.commands,
        "seconds": round(time.perf_counter() - started, 1),
        "histories_per_minute": round(60 * tally.histories / of_one_core),
        "commands_per_second": round(tally.commands / of_one_core),
        "failed": None if broken is None else {"script": broken.script, "why": broken.why},
    }


def kill(seed: int) -> dict[str, Any]:
    """Every mutant under the histories that its family needs."""
    found = {mutant.title: killed_at(mutant, seed) for mutant in mutants()}
    survived = [title for title, at in found.items() if at is None]
    return {
        "n": len(found),
        "killed": {title: at for title, at in found.items() if at is not None},
        "survived": survived,
        "control_failed": not survived,
    }


def killed_at(mutant: Mutant, seed: int) -> int | None:
    """Which history broke a promise, from 1; None: none did."""
    with mutant.planted():
        tally, broken = explore(MOST, seed, profiles=[FAMILIES[mutant.family]], shrink=False)
    return None if broken is None else tally.histories + 1


def main(arguments: list[str]) -> int:
    """`python -m proof.simulation [HISTORIES [SEED]] [--control]`."""
    control = "--control" in arguments
    numbers = [int(each) for each in arguments if each.isdecimal()]
    histories, seed = [*numbers, *(1_000, 7)[len(numbers) :]]
    figures = run(histories, seed, control)
    failed = figures.pop("failed", None)
    for name, value in figures.items():
        sys.stdout.write(f"{name}: {value}\n")
    if failed:
        sys.stdout.write(f"\n{failed['why']}\n\nreplay('''\n{failed['script']}''')\n")
    return 1 if failed or figures.get("survived") else 0
