"""One projector's process: the real reader and the real rule of positions over the model of a read database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from eventlog.model import Anchor, Commit
from eventlog.reader import Reader
from projections.positions import Fenced
from proof.simulation.writers import Work

if TYPE_CHECKING:
    from proof.simulation.world import World


class Projector:
    """anchor: where it begins to verify, as it found the position; perhaps a while ago."""

    def __init__(self, world: World, number: int, anchor: Anchor) -> None:
        self.number = number
        self.gone = False
        self._world = world
        self._store = world.store
        self._reader = Reader(anchor, world.codec)
        self._pending: list[Commit] = []
        self._target = world.log.events.end
        self._store.live = False

    def __str__(self) -> str:
        return f"projector {self.number}"

    def works(self) -> list[Work]:
        found: list[Work] = []
        found += [self._read] * (self._reader.next_offset < self._world.log.events.end)
        found += [self._apply] * bool(self._pending)
        found += [self._pass] * (self._caught_up and not self._store.live)
        return found

    @property
    def rests(self) -> bool:
        return not self.works()

    @property
    def _caught_up(self) -> bool:
        return not self._pending and self._reader.next_offset >= self._target

    def _read(self, n: int) -> str:
        start = self._reader.next_offset
        end = min(self._world.log.events.end, start + 1 + n % 8)
        self._pending += self._reader.feed(self._world.log.events.between(start, end))
        self._reader.next_offset = max(self._reader.next_offset, end)
        return f"{self} reads [events] {start} to {end - 1}"

    def _apply(self, n: int) -> str:
        some = 1 + n % 4
        batch, self._pending = self._pending[:some], self._pending[some:]
        return self._write(batch)

    def _pass(self, _: int) -> str:
        self._store.live = True
        return f"{self} has caught up: effects may be claimed"

    def _write(self, batch: Sequence[Commit]) -> str:
        try:
            made = self._store.write(batch, self._store.generation)
        except Fenced:
            self.gone = True
            return f"{self} is fenced and ends"
        self._world.notify(made)
        return f"{self} has written {len(batch)} commits, up to {self._store.position.next_offset}"

    def lose_transaction(self, n: int) -> str | None:
        """The connection breaks at the commit: it was written or not. It looks the position up and goes on there."""
        if not self._pending:
            return None
        written = bool(n % 2)
        if written:
            self._apply(n // 2)
        if not self.gone:
            self._reader, self._pending = Reader(self._store.position, self._world.codec), []
        return f"{self} loses its database, {'after' if written else 'before'} the commit"
