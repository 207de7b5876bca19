"""What a handler wants of one row, and how wishes for the same row become one.

Every op is a function from a row (or none) to a row (or none). `then` composes two, so that a batch does one thing to
each row, and the size of batches cannot matter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum
from typing import Any, NamedTuple


class Add(NamedTuple):
    """The column grows by n. Its default is 0."""

    n: int


class Max(NamedTuple):
    """The column becomes the greater of itself and `value`; NULL counts as less than all. Its default is NULL."""

    value: Any


class Latest(NamedTuple):
    """The column becomes `value` unless it was said later than `at`. Goes with `<by>=Max(at)`, the time of the last
    word, so that words that overtake each other end the same. Of two at the same moment the one that came last."""

    value: Any
    by: str
    at: datetime


class Kind(Enum):
    PUT = "put"
    CHANGE = "change"
    UPSERT = "upsert"
    REMOVE = "remove"


class Op(NamedTuple):
    """company: whose row; None: the event's tenant. values: column → value, Add, Max or Latest."""

    kind: Kind
    key: tuple[Any, ...]
    values: Mapping[str, Any]
    company: str | None = None


Ops = Op | tuple[Op, ...] | None


def put(*key: Any, company: str | None = None, **values: Any) -> Op:
    """The row is this and nothing else: columns not given get their default."""
    return Op(Kind.PUT, key, values, company)


def change(*key: Any, company: str | None = None, **values: Any) -> Op:
    """Changes a row that exists; a row that does not (any more) stays away: an erased one cannot come back."""
    return Op(Kind.CHANGE, key, values, company)


def upsert(*key: Any, company: str | None = None, **values: Any) -> Op:
    """Changes the row, made from defaults if it is not there. A table uses `upsert` or `change`, not both."""
    return Op(Kind.UPSERT, key, values, company)


def remove(*key: Any, company: str | None = None) -> Op:
    """The row is no more."""
    return Op(Kind.REMOVE, key, {}, company)


def then(first: Op, second: Op, defaults: Mapping[str, Any]) -> Op:
    """The one op that does both, in this order. Raises TypeError for a mix that no single op can say."""
    if second.kind is Kind.PUT or second.kind is Kind.REMOVE:
        return second
    if first.kind is Kind.PUT:
        return Op(Kind.PUT, first.key, _applied(first.values, second.values, defaults))
    if first.kind is Kind.REMOVE:
        made = Op(Kind.PUT, first.key, _applied({}, second.values, defaults))
        return made if second.kind is Kind.UPSERT else first
    if first.kind is not second.kind and first.kind is Kind.CHANGE:
        raise TypeError("a row is changed and then upserted")
    merged = dict(first.values)
    for column, wish in second.values.items():
        merged[column] = _joined(merged[column], wish) if column in merged else wish
    return Op(first.kind, first.key, merged)


def _applied(row: Mapping[str, Any], wishes: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The row after the wishes; a column that it does not name has its default."""
    made = dict(row)
    for column, wish in wishes.items():
        if isinstance(wish, Latest):
            known = row.get(wish.by, defaults.get(wish.by))
            if known is not None and known > wish.at:
                continue
            made[column] = wish.value
        else:
            made[column] = resolved(row.get(column, defaults.get(column)), wish)
    return made


def resolved(value: Any, wish: Any) -> Any:
    """The column's value after the wish."""
    if isinstance(wish, Add):
        return value + wish.n
    if isinstance(wish, Max):
        return wish.value if value is None else value if wish.value is None else max(value, wish.value)
    return wish


def _joined(first: Any, second: Any) -> Any:
    """Two wishes for one column as one."""
    if not isinstance(second, Add | Max | Latest):
        return second
    if isinstance(first, Latest) and isinstance(second, Latest):
        return second if second.at >= first.at else first
    if isinstance(first, Latest) or isinstance(second, Latest):
        raise TypeError("a column is said at a time and set without one")
    if not isinstance(first, Add | Max):
        return resolved(first, second)
    if isinstance(first, Add) and isinstance(second, Add):
        return Add(first.n + second.n)
    if isinstance(first, Max) and isinstance(second, Max):
        return Max(resolved(first.value, second))
    raise TypeError("a column is added to and maximised")


Handler = Callable[[Any], Ops]
