"""Reads what a class's docstring says of each of its fields: `name: text`, `first, second: text`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from inspect import cleandoc
from typing import Final

_MARK: Final = re.compile(r"(?:(?<=^)|(?<=[.;)] ))(`?[a-z_*][a-z0-9_*]*`?(?:, `?[a-z_*][a-z0-9_*]*`?)*): ")
"""Field names at the beginning of a sentence, before a colon."""


def summary(cls: type) -> str:
    """The docstring as one line; empty for none of its own (a dataclass's generated signature is none)."""
    doc = cls.__dict__.get("__doc__") or ""
    return "" if doc.startswith(f"{cls.__name__}(") else " ".join(cleandoc(doc).split())


def field_docs(cls: type, names: Iterable[str]) -> dict[str, str]:
    """Field → its sentence(s). A mark is one or more field names (`*` is a wildcard: `*_ms`) followed by a colon."""
    known = list(names)
    text = summary(cls)
    marks = [
        (match.start(), match.end(), matched)
        for match in re.finditer(_MARK, text)
        if (matched := _matching(match.group(1).replace("`", "").split(", "), known))
    ]
    docs: dict[str, str] = {}
    for index, (_, end, matched) in enumerate(marks):
        until = marks[index + 1][0] if index + 1 < len(marks) else len(text)
        for name in matched:
            docs[name] = text[end:until].strip()
    return docs


def _matching(patterns: list[str], known: list[str]) -> list[str]:
    found: list[str] = []
    for pattern in patterns:
        regex = re.compile(re.escape(pattern).replace(r"\*", ".*"))
        found += [name for name in known if regex.fullmatch(name) and name not in found]
    return found
