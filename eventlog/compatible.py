"""What a committed schema may become without ceasing to be itself.

Allowed: a new field with a default, a new member of an enum, another order of fields, other docs and defaults.
Everything else makes old records unreadable or mean something else: it is a new topic with an upcaster.
"""

from __future__ import annotations

from typing import Any


def breaking(old: Any, new: Any) -> list[str]:
    """Why `new` cannot take over from `old` (two Avro schemas as JSON); empty: it can."""
    return _differences(_expanded(old, {}), _expanded(new, {}), "")


def _expanded(schema: Any, named: dict[str, Any]) -> Any:
    """The schema with every name replaced by its definition and every type as a dictionary or a list."""
    if isinstance(schema, str):
        return named.get(schema, {"type": schema})
    if isinstance(schema, list):
        return [_expanded(branch, named) for branch in schema]
    made = dict(schema)
    match made["type"]:
        case "record":
            made["fields"] = {
                field["name"]: field | {"type": _expanded(field["type"], named)} for field in made["fields"]
            }
            named[made["name"]] = made
        case "array":
            made["items"] = _expanded(made["items"], named)
        case "map":
            made["values"] = _expanded(made["values"], named)
    return made


def _differences(old: Any, new: Any, path: str) -> list[str]:
    if isinstance(old, list) and isinstance(new, list):
        return _union(old, new, path)
    if isinstance(old, list) or isinstance(new, list):
        return [f"{path}: optional and not optional"]
    found = [
        f"{path}: {key} was {old.get(key)}, is {new.get(key)}"
        for key in ("type", "name", "logicalType", "personal", "subject")
        if old.get(key) != new.get(key)
    ]
    if found:
        return found
    gone = [member for member in old.get("enum", []) if member not in new.get("enum", [])]
    found += [f"{path}: enum lost {member}" for member in gone]
    match old["type"]:
        case "record":
            found += _fields(old["fields"], new["fields"], path)
        case "array":
            found += _differences(old["items"], new["items"], f"{path}[]")
        case "map":
            found += _differences(old["values"], new["values"], f"{path}{{}}")
    return found


def _union(old: list[Any], new: list[Any], path: str) -> list[str]:
    def by_type(branches: list[Any]) -> dict[str, Any]:
        return {branch["type"]: branch for branch in branches}

    before, after = by_type(old), by_type(new)
    if before.keys() != after.keys():
        return [f"{path}: was one of {sorted(before)}, is one of {sorted(after)}"]
    return [difference for kind in before for difference in _differences(before[kind], after[kind], path)]


def _fields(old: dict[str, Any], new: dict[str, Any], path: str) -> list[str]:
    found = [f"{path}.{name}: removed or renamed" for name in old if name not in new]
    found += [f"{path}.{name}: new without a default" for name in new if name not in old and "default" not in new[name]]
    for name in old:
        if name in new:
            found += _differences(old[name]["type"], new[name]["type"], f"{path}.{name}")
    return found
