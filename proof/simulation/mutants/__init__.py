"""The controls: the cores with one idea wrong. Each must break a promise in a few histories, or the simulator is blind.

A mutant is a function that gets what stands at (owner, name) and returns what takes its place. Its docstring says what
breaks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

FAMILIES: Final[Mapping[str, str]] = {
    "chain": "log",
    "promote": "log",
    "resume": "log",
    "overlay": "journal",
    "positions": "journal",
    "lease": "effects",
    "claim": "effects",
}
"""Family → the profile of histories that is rich in what it needs (`histories.PROFILES`)."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """family: which rule it breaks, and its module here. owner, name: what it takes the place of."""

    family: str
    owner: Any
    name: str
    make: Callable[[Any], Any]

    @property
    def title(self) -> str:
        """`family: what it does`."""
        return f"{self.family}: {self.make.__name__.replace('_', ' ')}"

    @contextmanager
    def planted(self) -> Iterator[None]:
        """Within, the cores have the bug."""
        real = vars(self.owner)[self.name]
        setattr(self.owner, self.name, self.make(real))
        try:
            yield
        finally:
            setattr(self.owner, self.name, real)


_FOUND: Final[list[Mutant]] = []


def mutant(owner: Any, name: str) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
    """Registers the function below it."""

    def register(make: Callable[[Any], Any]) -> Callable[[Any], Any]:
        _FOUND.append(Mutant(make.__module__.rsplit(".", 1)[1], owner, name, make))
        return make

    return register


def mutants() -> list[Mutant]:
    """All, by family."""
    for family in FAMILIES:
        import_module(f"{__name__}.{family}")
    order = list(FAMILIES)
    return sorted(_FOUND, key=lambda found: order.index(found.family))
