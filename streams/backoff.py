"""How long to wait before the next try. Pure: the random part is passed in."""

from __future__ import annotations

from datetime import timedelta


def backoff(tries: int, *, first: timedelta, most: timedelta, jitter: float) -> timedelta:
    """Doubles from `first` to `most`; of it, half is fixed and half times `jitter` (0..1) on top.

    tries: how many there were before, from 0. Jitter keeps runners that failed together from coming back together.
    """
    full: timedelta = min(first * 2 ** min(tries, 30), most)
    return full / 2 + full / 2 * jitter
