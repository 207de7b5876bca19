"""Avro dictionary → dataclass, compiled once per class: the hot path does no inspection of types."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from domain.kernel.sealed import Sealed
from eventlog.avro_write import EPOCH
from eventlog.shapes import (
    NO_DEFAULT,
    Enum,
    Optional,
    Record,
    Scalar,
    SealedBytes,
    Sequence,
    Shape,
    Strings,
    fields_of,
)

Convert = Callable[[Any], Any]


def _time(micros: int) -> datetime:
    return EPOCH + timedelta(microseconds=micros)


@cache
def from_avro(cls: type) -> Convert:
    """Dictionary (as fastavro reads it) → keyword arguments of the class. Absent fields get their default.

    Times are microseconds. Raises KeyError or ValueError for values that the class does not know, OverflowError for a
    time that `datetime` does not know.
    """
    changed = [(field.name, convert) for field in fields_of(cls) if (convert := _inwards(field.shape)) is not None]
    defaults = [(field.name, field.default) for field in fields_of(cls) if field.default is not NO_DEFAULT]
    count = len(fields_of(cls))

    def build(read: dict[str, Any]) -> dict[str, Any]:
        if len(read) == count:
            for name, convert in changed:
                read[name] = convert(read[name])
            return read
        made = {name: default for name, default in defaults if name not in read}  # written before a field was added
        for name, convert in changed:
            if name in read:
                read[name] = convert(read[name])
        return read | made

    return build


def _inwards(shape: Shape) -> Convert | None:  # noqa: PLR0911  one return a shape
    match shape:
        case Scalar(kind) if kind is datetime:
            return _time
        case Scalar() | Strings():
            return None
        case Enum(cls):
            members = {member.value: member for member in cls}
            return members.__getitem__
        case SealedBytes():
            return Sealed
        case Optional(of):
            inner = _inwards(of)
            return None if inner is None else (lambda value: None if value is None else inner(value))
        case Sequence(of, unordered):
            item, gather = _inwards(of), frozenset if unordered else tuple
            return gather if item is None else (lambda value: gather(map(item, value)))
        case Record(cls):
            return maker(cls)


@cache
def maker(cls: type) -> Convert:
    """Dictionary → instance of a nested record."""
    arguments = from_avro(cls)
    return lambda read: cls(**arguments(read))
