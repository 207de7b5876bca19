"""Dataclass ⇄ Avro dictionary, compiled once per class: the hot path does no inspection of types."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from operator import attrgetter
from typing import Any, Final

from domain.kernel.sealed import Sealed
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

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def micros(at: datetime) -> int:
    """Microseconds since 1970 UTC. Raises TypeError for a naive time."""
    return (at - _EPOCH) // _MICROSECOND


@cache
def to_avro(cls: type) -> Convert:
    """Instance → dictionary of what its schema names."""
    names = [field.name for field in fields_of(cls)]
    changed = [(field.name, convert) for field in fields_of(cls) if (convert := _outwards(field.shape)) is not None]
    if not names:
        return lambda _: {}
    if len(names) == 1:
        only, get_one = names[0], attrgetter(names[0])
        convert = changed[0][1] if changed else _same
        return lambda value: {only: convert(get_one(value))}
    get = attrgetter(*names)

    def build(value: Any) -> dict[str, Any]:
        made = dict(zip(names, get(value), strict=True))
        for name, convert in changed:
            made[name] = convert(made[name])
        return made

    return build


def _same(value: Any) -> Any:
    return value


def _outwards(shape: Shape) -> Convert | None:
    """None: the value is written as it is (fastavro takes str subclasses, bytes subclasses and tuples)."""
    match shape:
        case Scalar(kind) if kind is datetime:
            return micros
        case Optional(of):
            inner = _outwards(of)
            return None if inner is None else (lambda value: None if value is None else inner(value))
        case Sequence(of, unordered=True):
            each = _outwards(of) or _same
            return lambda value: sorted(map(each, value))
        case Sequence(of):
            item = _outwards(of)
            return None if item is None else (lambda value: list(map(item, value)))
        case Record(cls):
            return to_avro(cls)
        case _:
            return None


@cache
def from_avro(cls: type) -> Convert:
    """Dictionary (as fastavro reads it) → keyword arguments of the class, in place. Absent fields get their default.

    Raises KeyError or ValueError for values that the class does not know.
    """
    changed = [(field.name, convert) for field in fields_of(cls) if (convert := _inwards(field.shape)) is not None]
    defaults = [(field.name, field.default) for field in fields_of(cls) if field.default is not NO_DEFAULT]
    count = len(fields_of(cls))

    def build(read: dict[str, Any]) -> dict[str, Any]:
        for name, convert in changed:
            if name in read:
                read[name] = convert(read[name])
        if len(read) < count:  # written before a field was added
            for name, default in defaults:
                read.setdefault(name, default)
        return read

    return build


def _inwards(shape: Shape) -> Convert | None:
    match shape:
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
