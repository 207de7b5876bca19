"""The shape of a field as the log knows it: the one reading of type hints for schemas, codec and catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin, get_type_hints

from domain.kernel.event import ENVELOPE, Event
from domain.kernel.sealed import Personal, Sealed


@dataclass(frozen=True, slots=True)
class Scalar:
    """`kind`: str, int, float, bool or datetime."""

    kind: type


@dataclass(frozen=True, slots=True)
class Enum:
    """A StrEnum: a string in the log, so that a new member is no new schema."""

    cls: type[StrEnum]


@dataclass(frozen=True, slots=True)
class SealedBytes:
    """Personal data."""

    mark: Personal


@dataclass(frozen=True, slots=True)
class Optional:
    of: Shape


@dataclass(frozen=True, slots=True)
class Sequence:
    """`unordered`: a frozenset, written sorted so that equal values have equal bytes."""

    of: Shape
    unordered: bool = False


@dataclass(frozen=True, slots=True)
class Strings:
    """`dict[str, str]`."""


@dataclass(frozen=True, slots=True)
class Record:
    """A nested frozen dataclass."""

    cls: type


Shape = Scalar | Enum | SealedBytes | Optional | Sequence | Strings | Record

NO_DEFAULT: Final[Any] = MISSING


@dataclass(frozen=True, slots=True)
class Field:
    """One field. default: NO_DEFAULT where an absent value cannot be filled in."""

    name: str
    shape: Shape
    default: Any


def shape_of(hint: Any) -> Shape:  # noqa: PLR0911  one return a shape
    """The shape of a type hint. Raises TypeError for what the log does not know."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated and args[0] is Sealed:
        marks = [mark for mark in args[1:] if isinstance(mark, Personal)]
        if len(marks) == 1:
            return SealedBytes(marks[0])
    elif origin in (Union, UnionType):
        rest = [arg for arg in args if arg is not NoneType]
        if len(rest) == 1 and len(args) == 2:
            return Optional(shape_of(rest[0]))
    elif origin is tuple and len(args) == 2 and args[1] is Ellipsis:
        return Sequence(shape_of(args[0]))
    elif origin is frozenset:
        return Sequence(shape_of(args[0]), unordered=True)
    elif hint == dict[str, str] or hint == Mapping[str, str]:
        return Strings()
    elif isinstance(hint, type):
        if issubclass(hint, StrEnum):
            return Enum(hint)
        if hint in (str, int, float, bool, datetime):
            return Scalar(hint)
        if is_dataclass(hint):
            return Record(hint)
    raise TypeError(f"the log has no type for {hint!r}")


def fields_of(cls: type) -> tuple[Field, ...]:
    """The fields of an event, command or nested record that stand in its Avro record, without an event's envelope."""
    return _fields_of(cls)


@cache
def _fields_of(cls: type) -> tuple[Field, ...]:
    hints = get_type_hints(cls, include_extras=True)
    skipped = ENVELOPE if issubclass(cls, Event) else frozenset[str]()
    found = []
    for field in fields(cls):
        if field.name in skipped:
            continue
        try:
            shape = shape_of(hints[field.name])
        except TypeError as error:
            raise TypeError(f"{cls.__name__}.{field.name}: {error}") from None
        default = field.default if field.default_factory is MISSING else field.default_factory()
        if default is MISSING and isinstance(shape, Optional):
            default = None
        found.append(Field(field.name, shape, default))
    return tuple(found)
