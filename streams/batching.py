"""Items gather by key until there are enough of them or the first has waited long enough. Pure: time is passed in."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


GRAIN_S: Final = 1e-6
"""Sums of floats do not meet exactly: who sleeps until a batch is due must find it so."""


@dataclass(slots=True)
class _Open(Generic[T]):
    """since: when its first item came."""

    since: float
    items: list[T] = field(default_factory=list)


class Batches(Generic[K, T]):
    """Times are seconds of one clock."""

    def __init__(self, *, most: int, wait_s: float) -> None:
        self._most = most
        self._wait_s = wait_s
        self._open: dict[K, _Open[T]] = {}
        self._rests: dict[K, float] = {}

    def add(self, key: K, item: T, now: float) -> None:
        self._open.setdefault(key, _Open(now)).items.append(item)

    def take(self, now: float) -> list[tuple[K, list[T]]]:
        """Batches that are full or have waited, each of at most `most`; they are gathered no more."""
        taken: list[tuple[K, list[T]]] = []
        for key, batch in list(self._open.items()):
            while len(batch.items) >= self._most:
                taken.append((key, batch.items[: self._most]))
                batch.items, batch.since = batch.items[self._most :], now
            if batch.items and batch.since + self._wait_s - now <= GRAIN_S:
                taken.append((key, batch.items))
                batch.items = []
            if not batch.items:
                del self._open[key]
        return taken

    def due_in(self, now: float) -> float | None:
        """Seconds until the next batch has waited; None where none is open."""
        waits = [batch.since + self._wait_s - now for batch in self._open.values()]
        return max(0.0, min(waits)) if waits else None

    def rest(self, key: K, until: float) -> None:
        """The key is to be left alone until then."""
        self._rests[key] = max(until, self._rests.get(key, until))

    def resting(self, key: K, now: float) -> float:
        """Seconds that are left of the key's rest."""
        left = self._rests.get(key, now) - now
        if left <= 0:
            self._rests.pop(key, None)
        return max(0.0, left)
