"""Dataclass → Avro schema. Beyond Avro, a type says `enum` (its members), or `personal` (label of a sealed field) and
`subject` (the record's field that names whose it is; without it, it is the journey's person's)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from fastavro import parse_schema
from fastavro.schema import fingerprint, to_parsing_canonical_form

from eventlog.docstrings import field_docs, summary
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

NAMESPACE: Final = "legion"
"""Of events and commands: `legion.<Topic>`, also the CloudEvents type."""

NESTED: Final = "legion.types"
"""Of records inside them."""

Schema = dict[str, Any]

_SCALARS: Final[dict[type, Any]] = {
    str: "string",
    int: "long",
    float: "double",
    bool: "boolean",
    datetime: {"type": "long", "logicalType": "timestamp-micros"},  # UTC, as Avro defines it
}


def full_name(topic: str) -> str:
    return f"{NAMESPACE}.{topic}"


def record_schema(topic: str, body: type, meta: type) -> Schema:
    """The schema `{meta, …fields of body}`. Raises TypeError for a field that the log has no type for."""
    if any(field.name == "meta" for field in fields_of(body)):
        raise TypeError(f"{body.__name__}: a field cannot be named meta")
    made: dict[str, type] = {}
    envelope = {"name": "meta", "type": _record(meta, made)}
    return _named(full_name(topic), body, [envelope, *_fields(body, made)])


def _fields(cls: type, made: dict[str, type]) -> list[Schema]:
    known = fields_of(cls)
    docs = field_docs(cls, [field.name for field in known])
    return [_field(field, docs.get(field.name), made) for field in known]


def _field(field: Field, doc: str | None, made: dict[str, type]) -> Schema:
    schema: Schema = {"name": field.name, "type": _avro(field.shape, made)}
    if field.default is not NO_DEFAULT:
        schema["default"] = plain(field.default, field.shape)
        if isinstance(field.shape, Optional) and field.default is not None:
            schema["type"].reverse()  # a union's default must be of its first branch
    return schema | ({"doc": doc} if doc else {})


def _avro(shape: Shape, made: dict[str, type]) -> Any:  # noqa: PLR0911  one return a shape
    match shape:
        case Scalar(kind):
            return _SCALARS[kind]
        case Enum(cls):
            return {"type": "string", "enum": [member.value for member in cls]}
        case SealedBytes(mark):
            return {"type": "bytes", "personal": mark.label} | ({"subject": mark.of} if mark.of else {})
        case Optional(of):
            return ["null", _avro(of, made)]
        case Sequence(of):
            return {"type": "array", "items": _avro(of, made)}
        case Strings():
            return {"type": "map", "values": "string"}
        case Record(cls):
            return _record(cls, made)


def _record(cls: type, made: dict[str, type]) -> Any:
    name = f"{NESTED}.{cls.__name__}"
    if name in made:
        if made[name] is not cls:
            raise TypeError(f"two nested records are named {cls.__name__}")
        return name  # defined further up in the file
    made[name] = cls
    return _named(name, cls, _fields(cls, made))


def _named(name: str, cls: type, own: list[Schema]) -> Schema:
    doc = summary(cls)
    return {"type": "record", "name": name} | ({"doc": doc} if doc else {}) | {"fields": own}


def plain(value: Any, shape: Shape) -> Any:  # noqa: PLR0911  one return a shape
    """A default as Avro's JSON. Raises TypeError for one that JSON cannot say (a time)."""
    match shape:
        case Optional(of):
            return None if value is None else plain(value, of)
        case SealedBytes():
            return bytes(value).decode("latin-1")  # Avro's rule for bytes in JSON
        case Enum():
            return value.value
        case Sequence(of):
            return [plain(item, of) for item in value]
        case Strings():
            return dict(value)
        case Record(cls):
            return {field.name: plain(getattr(value, field.name), field.shape) for field in fields_of(cls)}
        case Scalar(kind) if kind is datetime:
            raise TypeError("a time cannot be a default in the log")
        case Scalar():
            return value


def layout(schema: Schema) -> str:
    """SHA-256 hex of Avro's parsing canonical form: equal exactly when the bytes are read alike."""
    return str(fingerprint(to_parsing_canonical_form(parse_schema(schema)), "SHA-256"))
