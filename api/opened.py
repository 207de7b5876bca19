"""Personal fields in plain, as far as their key exists. Erased is None, as in the read models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import orjson

from api.event_json import event_json, plain
from domain.kernel.event import Event
from domain.kernel.sealed import MessageContent, Personal, label_of
from eventlog.shapes import Optional, Record, SealedBytes, Sequence, Shape, fields_of
from projections.engine.seen import Keys, open_field
from projections.read.events import Placed
from projections.travel.life import personal_fields
from vault.keys import Tombstone

JSON_LABELS: Final = frozenset({label_of(MessageContent)})


@dataclass(frozen=True, slots=True)
class Opened:
    """Opens what was sealed for the people of one journey. keys: as the vault has them now, never cached."""

    keys: Keys
    company: str
    journey: str

    @property
    def erased(self) -> bool:
        return isinstance(self.keys.get((self.company, self.journey)), Tombstone)

    def event(self, placed: Placed) -> dict[str, Any]:
        """As `event_json`, with the personal fields in plain."""
        shown = event_json(placed.position, placed.recorded)
        event = placed.recorded.event
        shown["data"] = self._record(type(event), event, event)
        return shown

    def personal(self, event: Event) -> dict[str, Any]:
        """Field → what it says, of the fields that hold something sealed."""
        kind: type = type(event)
        return {each.name: self._value(each.shape, getattr(event, each.name), event) for each in personal_fields(kind)}

    def _record(self, cls: type, value: Any, event: Event) -> dict[str, Any]:
        return {field.name: self._value(field.shape, getattr(value, field.name), event) for field in fields_of(cls)}

    def _value(self, shape: Shape, value: Any, event: Event) -> Any:
        match shape:
            case SealedBytes(mark):
                return self._words(mark, value, event)
            case Optional(of):
                return None if value is None else self._value(of, value, event)
            case Sequence(SealedBytes() | Record() as of):
                return [self._value(of, one, event) for one in value]
            case Record(cls):
                return self._record(cls, value, event)
        return plain(value)

    def _words(self, mark: Personal, sealed: bytes, event: Event) -> Any:
        """Text, or what JSON the field holds."""
        subject = mark.subject(self.journey, getattr(event, mark.of) if mark.of else "")
        found = open_field(self.keys, self.company, subject, mark.label, sealed)
        if not isinstance(found, bytes):
            return found
        return orjson.loads(found) if mark.label in JSON_LABELS else found.decode(errors="replace")
