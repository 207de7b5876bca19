"""An event as a projection sees it: with its place in the log, and its personal fields in plain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Generic, Protocol, TypeVar

import orjson

from domain.kernel.command import EventMeta
from domain.kernel.event import Event
from domain.kernel.ids import lead_journey
from domain.kernel.sealed import mark_of
from projections.metrics import UNREADABLE
from vault.keys import Tombstone
from vault.sealing import SealBroken, open_sealed

E_co = TypeVar("E_co", bound=Event, covariant=True)

PLACEHOLDER: Final = "[unreadable]"
"""Stands where words should be whose key is missing without a tombstone: an alarm, not an erasure."""

Key = bytes | Tombstone | None
Keys = Mapping[tuple[str, str], Key]
"""(company, subject) → its key."""


class Opener(Protocol):
    """The vault's subject keys (`vault.keys.SubjectKeys`), by shape."""

    async def open_pairs(self, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Key]:
        """(company, subject) → key, in one query, never cached: a tombstone counts at once."""
        ...


@dataclass(frozen=True, slots=True)
class Seen(Generic[E_co]):
    """pos: offset in the log, ascending within the journey (and epoch). keys: of whom the event is about."""

    event: E_co
    meta: EventMeta
    pos: int
    keys: Keys = field(default_factory=dict)

    @property
    def at(self) -> datetime:
        return self.meta.at

    @property
    def lead(self) -> str:
        """The lead whose journey it is."""
        return self.meta.journey.removeprefix(lead_journey(""))

    @property
    def erased(self) -> bool:
        """The key of the journey's person was destroyed: nothing personal will be seen any more."""
        return isinstance(self.keys.get((self.meta.tenant, self.meta.journey)), Tombstone)

    def text(self, field: Any, sealed: bytes | None) -> str | None:
        """The words in a sealed field. field: its annotation (`MessageText`, …). None: there are none, or erased."""
        plain = self._open(field, sealed)
        return plain if plain is None or isinstance(plain, str) else plain.decode(errors="replace")

    def json(self, field: Any, sealed: bytes | None) -> Any:
        """As `text`, for a field that holds JSON."""
        plain = self._open(field, sealed)
        return {"unreadable": True} if isinstance(plain, str) else plain and orjson.loads(plain)

    def _open(self, field: Any, sealed: bytes | None) -> bytes | str | None:
        mark = mark_of(field)
        subject = mark.subject(self.meta.journey, getattr(self.event, mark.of) if mark.of else "")
        return open_field(self.keys, self.meta.tenant, subject, mark.label, sealed)


def open_field(keys: Keys, company: str, subject: str, label: str, sealed: bytes | None) -> bytes | str | None:
    """The plain bytes; `PLACEHOLDER` where they cannot be read; None where there are none, or erased."""
    key = keys.get((company, subject))
    if sealed is None or isinstance(key, Tombstone):
        return None
    if key is None:
        UNREADABLE.labels(reason="key_missing").inc()
        return PLACEHOLDER
    try:
        return open_sealed(key, company, subject, label, sealed)
    except SealBroken:
        UNREADABLE.labels(reason="seal_broken").inc()
        return PLACEHOLDER
