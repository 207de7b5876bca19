"""Typed columns: the annotations that a table is declared with, and how their values go to PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, get_args, get_type_hints

import orjson

REQUIRED: Final = object()
"""The default of a column without one: every `put` must give it."""


def _text(value: Any) -> str:
    plain = value if type(value) is str else str(value)  # StrEnum becomes its plain value
    return plain.replace("\x00", "\ufffd") if "\x00" in plain else plain  # PostgreSQL's text has no NUL


def _json(value: Any) -> str:
    raw = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)
    if b"\\u0000" in raw:  # jsonb has no NUL either
        raw = orjson.dumps(_without_nul(orjson.loads(raw)))
    return raw.decode()


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list):
        return [_without_nul(item) for item in value]
    if isinstance(value, dict):
        return {_text(key): _without_nul(item) for key, item in value.items()}
    return value


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True)
class Type:
    """sql: the column's type. sent: the element type of the array that carries it. encode: domain value → parameter."""

    sql: str
    sent: str
    encode: Callable[[Any], Any]


Text = Annotated[str, Type("text", "text", _text)]
Int = Annotated[int, Type("bigint", "bigint", _same)]
Bool = Annotated[bool, Type("boolean", "boolean", _same)]
Time = Annotated[datetime, Type("timestamptz", "timestamptz", _same)]
Bytes = Annotated[bytes, Type("bytea", "bytea", _same)]
Json = Annotated[Any, Type("jsonb", "text", _json)]
"""Anything that orjson writes; None is SQL's NULL."""


@dataclass(frozen=True, slots=True)
class Personal:
    """Marks a column with opened words of a person: what an erasure empties."""


Words = Annotated[str | None, Type("text", "text", _text), Personal()]
WordsJson = Annotated[Any, Type("jsonb", "text", _json), Personal()]


@dataclass(frozen=True, slots=True)
class Column:
    """One column. default: of a row that was put without it. personal: see `Personal`."""

    name: str
    type: Type
    nullable: bool
    default: Any
    personal: bool = False

    def encode(self, value: Any) -> Any:
        return None if value is None else self.type.encode(value)

    def encode_all(self, values: list[Any]) -> list[Any]:
        """`encode` of each."""
        encode = self.type.encode
        return values if encode is _same else [None if value is None else encode(value) for value in values]

    def ddl(self) -> str:
        null = "" if self.nullable else " not null"
        given = self.default is not REQUIRED and self.default is not None
        return f'"{self.name}" {self.type.sql}{null}' + (f" default {_literal(self.default)}" if given else "")


def columns_of(cls: type) -> tuple[Column, ...]:
    """The columns that a class declares by annotations with one of the types above, in order."""
    columns = []
    for name, hint in get_type_hints(cls, include_extras=True).items():
        parts = _parts(hint)
        found = next((part for part in parts if isinstance(part, Type)), None)
        if found is not None:
            personal = any(isinstance(part, Personal) for part in parts)
            nullable = personal or type(None) in get_args(hint) or found.sql == "jsonb"
            default = getattr(cls, name, None if nullable else REQUIRED)
            columns.append(Column(name, found, nullable, default, personal))
    return tuple(columns)


def _parts(hint: Any) -> list[Any]:
    """The annotation's own metadata, or that of the members of a union."""
    return [*getattr(hint, "__metadata__", ()), *(part for arg in get_args(hint) for part in _metadata(arg))]


def _metadata(hint: Any) -> tuple[Any, ...]:
    return getattr(hint, "__metadata__", ())


def _literal(value: str | int | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return "'" + value.replace("'", "''") + "'"
