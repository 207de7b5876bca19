"""A history as text: one step a line, what came of it behind `#`. `replay` plays it, whatever stands behind `#`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from proof.simulation.oracle import check
from proof.simulation.world import STEPS, World


class Step(NamedTuple):
    """One thing that happens. name: of `world.STEPS`, or `pass`. n: which and how, from 0."""

    name: str
    n: int


PASS: Final = Step("pass", 0)
"""What a step shrinks to."""


class Broken(AssertionError):
    """A promise was broken. script: the history, ready for `replay`. why: which promise."""

    def __init__(self, script: str, why: str) -> None:
        super().__init__(f"{why}\n\nreplay('''\n{script}''')")
        self.script = script
        self.why = why


def play(steps: Iterable[Step]) -> World:
    """The history, then peace, then the oracle. Raises Broken."""
    world = World()
    done: list[tuple[Step, str]] = []
    try:
        for step in steps:
            _do(world, step, done)
        world.settle()
        check(world)
    except Exception as error:
        why = str(error) if isinstance(error, AssertionError) else f"{type(error).__name__}: {error}"
        raise Broken(write(done), why) from error
    return world


def _do(world: World, step: Step, done: list[tuple[Step, str]]) -> None:
    if step.name == PASS.name:
        return
    done.append((step, "…"))
    happened = world.do(step.name, step.n)
    if happened is None:
        done.pop()
    else:
        done[-1] = (step, happened)


def write(done: Sequence[tuple[Step, str]]) -> str:
    """Steps that did nothing are left out."""
    width = max((len(step.name) for step, _ in done), default=0)
    return "".join(f"    {step.name:<{width}} {step.n}  # {happened}\n" for step, happened in done)


def read(script: str) -> list[Step]:
    """Raises ValueError for what is no step."""
    steps = []
    for line in script.splitlines():
        words = line.partition("#")[0].split()
        if not words:
            continue
        name = " ".join(words[:-1])
        if name not in STEPS or not words[-1].isdecimal():
            raise ValueError(f"no step: {line.strip()}")
        steps.append(Step(name, int(words[-1])))
    return steps


def replay(script: str) -> World:
    """Plays a script as it is printed. Raises Broken while the bug is there; a test of a fixed one only calls this."""
    return play(read(script))
