"""Bytes of a webhook to a JSON tree, without ever raising, and with every string fit for Postgres and Avro.

Providers send what JavaScript makes of things: halves of emoji (lone surrogates), NUL characters, byte order marks.
orjson is fast and strict; what it refuses gets one more try with the tolerant parser of the standard library.
"""

from __future__ import annotations

import json
import math
from typing import Any, Final

import orjson

NUL_NOTE: Final = "NUL characters stripped"
SURROGATE_NOTE: Final = "broken characters replaced"
ENCODING_NOTE: Final = "not UTF-8: undecodable bytes replaced"

# Deeper trees than this never carry a message; orjson itself cannot write more than 254 levels.
MAX_DEPTH: Final = 64


def parse(body: bytes) -> tuple[Any, list[str], bool]:
    """`(tree, notes, ok)`: the JSON value, what was odd about it, and whether it was JSON at all."""
    notes: list[str] = []
    if not body.strip():
        return None, ["empty body"], False
    try:
        tree = orjson.loads(body)
    except (orjson.JSONDecodeError, RecursionError):
        return _tolerant(body, notes)
    if b"\\u0000" in body or tree_too_deep_hint(body):
        tree = clean(tree, notes)
    return tree, notes, True


def tree_too_deep_hint(body: bytes) -> bool:
    """True when the body could nest beyond MAX_DEPTH: a cheap test that lets ordinary bodies skip the cleaning."""
    return body.count(b"{") + body.count(b"[") > MAX_DEPTH


def _tolerant(body: bytes, notes: list[str]) -> tuple[Any, list[str], bool]:
    try:
        text = body.decode(json.detect_encoding(body))
    except UnicodeDecodeError:
        text = body.decode("utf-8", "replace")
        notes.append(ENCODING_NOTE)
    try:
        tree = json.loads(text.lstrip("\ufeff"), strict=False)
    except (ValueError, RecursionError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else "not JSON"
        return None, [*notes, why], False
    return clean(tree, notes), notes, True


def clean(tree: Any, notes: list[str]) -> Any:
    """The tree without NUL, lone surrogates, infinities and levels beyond MAX_DEPTH. Notes what it changed.

    Bounded by MAX_DEPTH, so the recursion is safe for any input that a parser accepted.
    """
    seen: set[str] = set()
    cleaned = _clean(tree, seen, 0)
    notes.extend(sorted(seen))
    return cleaned


def _clean(node: Any, seen: set[str], depth: int) -> Any:
    if not isinstance(node, (dict, list)):
        return _clean_leaf(node, seen)
    if depth >= MAX_DEPTH:
        seen.add("levels below the deepest supported one dropped")
        return None
    if isinstance(node, list):
        return [_clean(child, seen, depth + 1) for child in node]
    return {_clean_text(name, seen): _clean(child, seen, depth + 1) for name, child in node.items()}


def _clean_leaf(leaf: Any, seen: set[str]) -> Any:
    if isinstance(leaf, str):
        return _clean_text(leaf, seen)
    if isinstance(leaf, float):
        return leaf if math.isfinite(leaf) else None
    if isinstance(leaf, int) and not -(2**63) <= leaf < 2**64:
        return _digits(leaf)  # JSON written by orjson holds 64 bits; a larger number is kept in its digits
    return leaf


def _digits(number: int) -> str | None:
    try:
        return str(number)
    except ValueError:  # beyond Python's limit of digits
        return None


def _clean_text(text: str, seen: set[str]) -> str:
    if "\x00" in text:
        seen.add(NUL_NOTE)
        text = text.replace("\x00", "")
    if not text.isascii():
        replaced = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        if replaced != text:
            seen.add(SURROGATE_NOTE)
            text = replaced
    return text
