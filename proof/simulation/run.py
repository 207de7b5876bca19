"""What the proof framework calls: so many histories of one seed, and the controls."""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from typing import Any, Final

from proof.simulation.histories import Tally, explore
from proof.simulation.mutants import FAMILIES, Mutant, mutants

MOST: Final = 1_000
"""Histories given to one mutant. The hardest to kill needs about a hundred, another seed perhaps three times that."""


PIECE: Final = 250
"""Histories of one seed of their own: what is played does not depend on how many processes share it."""

Played = tuple[Tally, dict[str, str] | None]
"""(what was tried, script and `why` of the history that broke a promise)."""


def run(histories: int, seed: int, control: bool) -> dict[str, Any]:
    """Plays the histories against the cores as they are, or (control) against each mutant until it is dead; the former
    in as many processes as there are cores.

    Returns n (histories played), commands, seconds, histories_per_minute and commands_per_second; failed: script and
    `why` of the first history that broke a promise, else None. With control: killed (mutant → at which history),
    survived (names), control_failed: every mutant was killed, as it must.
    """
    started = time.perf_counter()
    if control:
        return {**kill(seed), "seed": seed, "seconds": round(time.perf_counter() - started, 1)}
    counts = [min(PIECE, histories - first) for first in range(0, histories, PIECE)]
    seeds = [seed * 10_000 + number for number in range(len(counts))]
    played = _played(counts, seeds)
    n, commands = (sum(figures) for figures in zip(*((t.histories, t.commands) for t, _ in played), strict=True))
    seconds = time.perf_counter() - started
    return {
        "n": n,
        "seed": seed,
        "commands": commands,
        "seconds": round(seconds, 1),
        "histories_per_minute": round(60 * n / seconds),
        "commands_per_second": round(commands / seconds),
        "failed": next((broken for _, broken in played if broken), None),
    }


def _played(counts: list[int], seeds: list[int]) -> list[Played]:
    processes = min(len(counts), len(os.sched_getaffinity(0)))
    if processes == 1:
        return list(map(piece, counts, seeds))
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        return list(pool.map(piece, counts, seeds))


def piece(count: int, seed: int) -> Played:
    tally, broken = explore(count, seed)
    return tally, None if broken is None else {"script": broken.script, "why": broken.why}


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
