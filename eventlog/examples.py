"""An instance of every event, command or nested record, made from its types: for docs and round-trip tests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from domain.kernel.event import Event
from domain.kernel.ids import derived, lead_journey, stream_name
from domain.kernel.sealed import Sealed
from eventlog.shapes import (
    Enum,
    Field,
    Optional,
    Record,
    Scalar,
    SealedBytes,
    Sequence,
    Shape,
    Strings,
    fields_of,
)

AT: Final = datetime(2026, 11, 25, 12, 30, 15, 250000, tzinfo=UTC)

_UUIDS: Final = frozenset(
    "lead conversation instance company centurion message turn reply chunk claim winner last_message target "
    "event_id command_id tenant causation correlation".split()
)
"""Fields that hold one of our ids."""

_WORDS: Final[Mapping[str, Any]] = {
    "channel": "whatsapp",
    "provider": "evolution",
    "slug": "acme",
    "locale": "pt-BR",
    "timezone": "America/Sao_Paulo",
    "kind": "text",
    "scheme": "phone",
    "status": "open",
    "journey": lead_journey(derived("example", "lead")),
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "stream": stream_name("conversation", derived("example", "conversation")),
}
"""Fields whose names say what a real value looks like."""


def example_of(cls: type) -> Any:
    """A command or nested record with every field filled, optional ones too."""
    return cls(**{field.name: _value(field.shape, field) for field in fields_of(cls)})


def example_event(cls: type[Event]) -> Event:
    """An event with its envelope."""
    category = "conversation" if cls.CATEGORY == "*" else cls.CATEGORY
    own = {field.name: _value(field.shape, field) for field in fields_of(cls)}
    return cls(
        originator_id=stream_name(category, derived("example", category)), originator_version=3, timestamp=AT, **own
    )


def as_json(value: object) -> dict[str, Any]:
    """A record's fields as JSON shows them: times in RFC 3339, sealed bytes as a note."""
    return {field.name: _json(getattr(value, field.name), field.shape) for field in fields_of(type(value))}


def _value(shape: Shape, field: Field) -> Any:  # noqa: PLR0911  one return a shape
    match shape:
        case Scalar(kind) if kind is str:
            return derived("example", field.name) if field.name in _UUIDS else _WORDS.get(field.name, field.name)
        case Scalar(kind):
            return {int: 1, float: 0.5, bool: True, datetime: AT}[kind]
        case Enum(cls):
            return next(iter(cls))
        case SealedBytes(mark):
            return Sealed(f"sealed {mark.label}".encode())
        case Optional(of):
            return _value(of, field)
        case Sequence(of, unordered):
            return frozenset({_value(of, field)}) if unordered else (_value(of, field),)
        case Strings():
            return {"name": "value"}
        case Record(cls):
            return example_of(cls)


def _json(value: Any, shape: Shape) -> Any:  # noqa: PLR0911  one return a shape
    match shape:
        case Optional(of):
            return None if value is None else _json(value, of)
        case SealedBytes():
            return f"<{len(value)} sealed bytes>"
        case Sequence(of):
            return [_json(item, of) for item in value]
        case Record():
            return as_json(value)
        case Scalar(kind) if kind is datetime:
            return value.isoformat().replace("+00:00", "Z")
        case Enum():
            return value.value
        case _:
            return value
