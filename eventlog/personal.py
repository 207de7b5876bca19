"""Sealed fields of a decoded record, found by its schema: also in records of schemas that no class knows any more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Open = Callable[[str, bytes], Any]
"""(label of the field, sealed bytes) → what is to stand there."""


def with_opened(schema: Any, value: Any, opened: Open) -> Any:
    """The value with `opened` of each sealed field in its place. schema: as committed, not as fastavro parses it.

    Unions are what the generator writes: null and one other type.
    """
    if isinstance(schema, list):
        return None if value is None else with_opened(next(kind for kind in schema if kind != "null"), value, opened)
    if not isinstance(schema, dict):
        return value
    if "personal" in schema:
        return opened(schema["personal"], value)
    match schema["type"]:
        case "record":
            return {each["name"]: with_opened(each["type"], value[each["name"]], opened) for each in schema["fields"]}
        case "array":
            return [with_opened(schema["items"], item, opened) for item in value]
        case _:
            return value
