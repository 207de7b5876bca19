"""What differs between two JSON-able values, field by field. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """field: dotted path. A list is one value: its order says something."""

    field: str
    what: Literal["added", "removed", "changed"]
    old: Any = None
    new: Any = None


def differences(old: Any, new: Any, path: str = "") -> Iterator[Change]:
    """In the order of the fields; objects are looked into, all else is compared as a whole."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in dict.fromkeys((*old, *new)):
            field = f"{path}.{name}" if path else str(name)
            if name not in new:
                yield Change(field=field, what="removed", old=old[name])
            elif name not in old:
                yield Change(field=field, what="added", new=new[name])
            else:
                yield from differences(old[name], new[name], field)
    elif old != new:
        yield Change(field=path, what="changed", old=old, new=new)
