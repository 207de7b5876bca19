"""Which histories are tried: alphabets that differ in what they do most, and Hypothesis to draw and shrink."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from proof.simulation.script import PASS, Broken, Step, play
from proof.simulation.world import World

LENGTH: Final = 60
"""Steps of a history, before peace. The rarest mutant needs about thirty that do something."""

WAYS: Final = 8
"""How many numbers a step may have."""

_WORK: Final = {"write": 12, "land": 3, "acknowledge": 3, "project": 4, "run": 3, "calm": 1, "wait": 1}

PROFILES: Final[Mapping[str, Mapping[str, int]]] = {
    # The log's faults, and writers that come and go.
    "log": {
        **_WORK, "message": 5, "odd": 2, "again": 2, "people": 1, "tear": 2, "misanswer": 1, "time out": 2,
        "land late": 2, "land": 5, "crash writer": 1, "second writer": 1, "fence": 1, "foreign": 2, "tick": 1,
    },
    # A journal that lags, answers late, dies, is rebuilt.
    "journal": {
        **_WORK, "message": 4, "odd": 2, "again": 3, "look": 1, "project": 5, "lose transaction": 1,
        "crash projector": 1, "second projector": 1, "flip": 1, "memory": 2, "crash writer": 1, "time out": 1,
    },
    # Effects, and runners and providers that fail.
    "effects": {
        **_WORK, "calm": 6, "run": 14, "message": 2, "people": 1, "bad luck": 2, "arrive": 1, "echo": 2, "wait": 5,
        "fate": 3, "freeze": 1, "thaw": 2, "crash runner": 1, "second runner": 2, "flip": 1,
    },
    # All at once.
    "all": {
        **_WORK, "message": 4, "odd": 1, "again": 1, "people": 1, "look": 1, "bad luck": 1, "arrive": 1, "echo": 1,
        "tear": 1, "misanswer": 1, "time out": 1, "tick": 1, "land late": 1, "crash writer": 1, "second writer": 1,
        "fence": 1, "memory": 1, "lose transaction": 1, "crash projector": 1, "second projector": 1, "flip": 1,
        "run": 6, "crash runner": 1, "second runner": 1, "freeze": 1, "thaw": 1, "fate": 1, "wait": 2, "foreign": 1,
        "calm": 2,
    },
}  # fmt: skip


def _alphabet(weights: Mapping[str, int]) -> list[str]:
    return [PASS.name, *(name for name, weight in weights.items() for _ in range(weight))]


def histories(profiles: Iterable[str] = PROFILES, length: int = LENGTH) -> st.SearchStrategy[list[Step]]:
    """Of one profile each. All are equally long: a step that is not needed shrinks to `pass`, and is not printed.

    Drawn as one piece: of a list, Hypothesis would make most examples by copying parts of others, which finds less.
    """
    alphabets = [_alphabet(PROFILES[profile]) for profile in profiles]

    def made(drawn: bytes) -> list[Step]:
        names = alphabets[drawn[0] % len(alphabets)]
        return [Step(names[which % len(names)], n % WAYS) for which, n in zip(drawn[1::2], drawn[2::2], strict=True)]

    size = 1 + 2 * length
    return st.binary(min_size=size, max_size=size).map(made)


@dataclass(slots=True)
class Tally:
    """What was tried. steps: by name, of those that did something."""

    histories: int = 0
    commands: int = 0
    steps: Counter[str] = field(default_factory=Counter)

    def add(self, world: World) -> None:
        self.histories += 1
        self.commands += len(world.log.commands.records)
        self.steps += world.done


def explore(
    count: int, start: int, *, profiles: Iterable[str] = PROFILES, shrink: bool = True
) -> tuple[Tally, Broken | None]:
    """So many histories of that seed, until one breaks a promise: that one, as short as Hypothesis can make it."""
    tally, broken = Tally(), list[Broken]()

    @seed(start)
    @settings(
        max_examples=count,
        phases=[Phase.generate, *([Phase.shrink] if shrink else [])],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    @given(histories(profiles))
    def one(steps: list[Step]) -> None:
        try:
            tally.add(play(steps))
        except Broken as error:
            broken.append(error)
            raise

    run: Callable[[], None] = one
    try:
        run()
    except Broken as error:
        return tally, error
    return tally, None
