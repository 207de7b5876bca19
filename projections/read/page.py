"""Seek paging: a page and the opaque cursor of the next one."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

import orjson

from domain.kernel.errors import InvalidInput

T = TypeVar("T")

MAX_LIMIT: Final = 200
"""Rows of one page: what a screen or a script digests at once."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """next: the cursor that continues after these items, None at the end."""

    items: tuple[T, ...]
    next: str | None = None


def page_of(rows: Sequence[T], limit: int, key: Callable[[T], tuple[str | int | datetime, ...]]) -> Page[T]:
    """The page from up to limit + 1 rows: the one too many says that there is a next page. key: a row's sort key."""
    kept = tuple(rows[:limit])
    return Page(kept, encode_cursor(*key(kept[-1])) if len(rows) > limit else None)


def encode_cursor(*values: str | int | datetime) -> str:
    """The sort key of a page's last row."""
    return urlsafe_b64encode(orjson.dumps(values)).rstrip(b"=").decode()


def decode_cursor(cursor: str, *types: type) -> tuple[Any, ...]:
    """The values of `encode_cursor`. Raises InvalidInput `cursor_invalid`."""
    try:
        values = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if len(values) != len(types):
            raise ValueError
        return tuple(_typed(value, wanted) for value, wanted in zip(values, types, strict=True))
    except (ValueError, TypeError):
        raise InvalidInput("cursor_invalid", "the cursor is not one of ours") from None


def _typed(value: Any, wanted: type) -> Any:
    if wanted is datetime:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError
        return moment
    if not isinstance(value, wanted):
        raise TypeError
    if isinstance(value, str) and "\0" in value:  # PostgreSQL has no such text
        raise ValueError
    return value


def limit_of(limit: int) -> int:
    """Raises InvalidInput `limit_invalid` outside of 1..MAX_LIMIT."""
    if not 1 <= limit <= MAX_LIMIT:
        raise InvalidInput("limit_invalid", f"limit is 1 to {MAX_LIMIT}")
    return limit
