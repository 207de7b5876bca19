"""Personal fields in plain, as far as their key exists. Erased is None, as in the read models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import orjson

from api.event_json import event_json, plain
from domain.kernel.event import Event
from domain.kernel.sealed import MessageContent
from eventlog.shapes import Optional, Record, SealedBytes, Sequence, Shape, fields_of
from projections.engine.seen import Key, label_of, open_field
from projections.read.events import Placed
from projections.travel.life import personal_fields
from vault.keys import Tombstone

JSON_LABELS: Final = frozenset({label_of(MessageContent)})


@dataclass(frozen=True, slots=True)
class Opened:
    """Opens what was sealed for one journey's person. key: as the vault has it now, never cached."""

    key: Key
    company: str
    journey: str

    @property
    def erased(self) -> bool:
        return isinstance(self.key, Tombstone)

    def words(self, label: str, sealed: bytes | None) -> Any:
        """Text, or what JSON the field holds."""
        found = open_field(self.key, self.company, self.journey, label, sealed)
        if not isinstance(found, bytes):
            return found
        return orjson.loads(found) if label in JSON_LABELS else found.decode(errors="replace")

    def event(self, placed: Placed) -> dict[str, Any]:
        """As `event_json`, with the personal fields in plain."""
        shown = event_json(placed.position, placed.recorded)
        shown["data"] = self._record(type(placed.recorded.event), placed.recorded.event)
        return shown

    def personal(self, event: Event) -> dict[str, Any]:
        """Field → what it says, of the fields that hold something sealed."""
        kind: type = type(event)
        return {each.name: self._value(each.shape, getattr(event, each.name)) for each in personal_fields(kind)}

    def _record(self, cls: type, value: Any) -> dict[str, Any]:
        return {field.name: self._value(field.shape, getattr(value, field.name)) for field in fields_of(cls)}

    def _value(self, shape: Shape, value: Any) -> Any:
        match shape:
            case SealedBytes(label):
                return self.words(label, value)
            case Optional(of):
                return None if value is None else self._value(of, value)
            case Sequence(of):
                return [self._value(of, one) for one in value] if isinstance(of, SealedBytes | Record) else plain(value)
            case Record(cls):
                return self._record(cls, value)
        return plain(value)
