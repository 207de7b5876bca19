"""Floor and subject, turn by turn, so that what disturbs the machine disturbs both."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

Seconds = Callable[[], Awaitable[float]]
"""Does the work once; how long the part took that counts."""


@dataclass(frozen=True, slots=True)
class Turns:
    """Of each round but the first, which warms up: events a second; processor seconds, with what does not count."""

    events: int
    floors: list[float] = field(default_factory=list)
    subjects: list[float] = field(default_factory=list)
    cpu: list[tuple[float, float]] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios."""
        return round(statistics.median(s / f for s, f in zip(self.subjects, self.floors, strict=True)), 3)

    def figures(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Medians of floor and subject: events a second, processor time of an event in microseconds."""
        costs = [round(statistics.median(each) / self.events * 1e6, 1) for each in zip(*self.cpu, strict=True)]
        rates = [round(statistics.median(each)) for each in (self.floors, self.subjects)]
        floor, subject = ({"events_per_s": rate, "cpu_us": cost} for rate, cost in zip(rates, costs, strict=True))
        return floor, subject


async def take_turns(events: int, rounds: int, floor: Seconds, subject: Seconds) -> Turns:
    turns = Turns(events)
    for n in range(rounds + 1):
        began = time.process_time()
        low = events / await floor()
        between = time.process_time()
        high = events / await subject()
        cpu = (between - began, time.process_time() - between)
        sys.stdout.write(f"round {n}{' (warm-up)' if n == 0 else ''}: floor {low:,.0f}/s subject {high:,.0f}/s\n")
        sys.stdout.flush()
        if n:
            turns.floors.append(low)
            turns.subjects.append(high)
            turns.cpu.append(cpu)
    return turns
