"""Dataclass → Avro binary, compiled once per class from the same shapes as its schema.

fastavro's writer needs a dictionary first and tries each branch of a union: two to three times slower on our records,
half of whose fields are optional. It reads what this writes (and must write the same bytes: a test).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from operator import attrgetter
from struct import Struct
from typing import Any, Final

from eventlog.shapes import (
    NO_DEFAULT,
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

Write = Callable[[Any], bytes]

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_DOUBLE: Final = Struct("<d").pack

_LOW: Final = 1 << 14
"""Two groups of 7 bits. Tables of this size make lengths and counts one look-up, a time four."""

_LAST: Final = [bytes([n]) if n < 0x80 else bytes([n & 0x7F | 0x80, n >> 7]) for n in range(_LOW)]
_MORE: Final = [bytes([n & 0x7F | 0x80, n >> 7 | 0x80]) for n in range(_LOW)]


def long(value: int) -> bytes:
    """Zigzag varint. Raises OverflowError beyond 64 bits."""
    if not -(1 << 63) <= value < 1 << 63:
        raise OverflowError(f"{value} is no 64-bit integer")
    rest = value << 1 if value >= 0 else ~(value << 1)
    if rest < _LOW:
        return _LAST[rest]
    out = b""
    while rest >= _LOW:
        out += _MORE[rest & (_LOW - 1)]
        rest >>= 14
    return out + _LAST[rest]


def _text(value: str) -> bytes:
    encoded = value.encode()
    doubled = len(encoded) << 1  # zigzag of what is never negative; looked up here, a call would cost as much again
    return (_LAST[doubled] if doubled < _LOW else long(len(encoded))) + encoded


def _bytes(value: bytes) -> bytes:
    return long(len(value)) + value


def _micros(at: datetime) -> bytes:
    """Microseconds since 1970 UTC. Raises TypeError for a naive time."""
    return long((at - EPOCH) // _MICROSECOND)


def _strings(value: dict[str, str]) -> bytes:
    if not value:
        return b"\x00"
    return long(len(value)) + b"".join([_text(key) + _text(text) for key, text in value.items()]) + b"\x00"


_SCALARS: Final[dict[type, Write]] = {
    str: _text,
    int: long,
    float: _DOUBLE,
    bool: lambda value: b"\x01" if value else b"\x00",
    datetime: _micros,
}


@cache
def writer(cls: type) -> Write:
    """Instance → its fields' bytes, in the order of the schema."""
    names = [field.name for field in fields_of(cls)]
    writes = [_field(field) for field in fields_of(cls)]
    if not names:
        return lambda _: b""
    if len(names) == 1:
        get_one, write_one = attrgetter(names[0]), writes[0]
        return lambda value: write_one(get_one(value))
    get = attrgetter(*names)
    return lambda value: b"".join([write(part) for write, part in zip(writes, get(value), strict=True)])


def _field(field: Field) -> Write:
    if isinstance(field.shape, Optional) and field.default not in (None, NO_DEFAULT):
        return _optional(_write(field.shape.of), b"\x02", b"\x00")  # the default's branch comes first
    return _write(field.shape)


def _write(shape: Shape) -> Write:  # noqa: PLR0911  one return a shape
    match shape:
        case Scalar(kind):
            return _SCALARS[kind]
        case SealedBytes():
            return _bytes
        case Enum():
            return _text
        case Strings():
            return _strings
        case Optional(of):
            return _optional(_write(of), b"\x00", b"\x02")
        case Sequence(of, unordered):
            return _sequence(_write(of), unordered=unordered)
        case Record(cls):
            return writer(cls)


def _optional(write: Write, null: bytes, present: bytes) -> Write:
    return lambda value: null if value is None else present + write(value)


def _sequence(write: Write, *, unordered: bool) -> Write:
    """unordered: sorted, so that equal values have equal bytes."""

    def items(value: Any) -> bytes:
        if not value:
            return b"\x00"
        return long(len(value)) + b"".join([write(item) for item in (sorted(value) if unordered else value)]) + b"\x00"

    return items
