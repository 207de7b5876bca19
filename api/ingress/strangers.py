"""Requests that prove nothing about their sender: counted, summarised, never recorded one by one.

An attacker may send any number of them; what they cost is one small table and one dead letter a minute and row.
"""

from __future__ import annotations

from collections import Counter
from ipaddress import ip_address
from typing import Final, NamedTuple

MAX_ROWS: Final = 1000
"""Distinct (why, instance, network) rows kept a minute; the rest counts under "others"."""

WINDOW_S: Final = 60.0


class Stranger(NamedTuple):
    """why: `unknown_instance`, `bad_secret`, `lookup_failed`. network: /24 or /48 of the sender, never an address."""

    why: str
    instance: str
    network: str


OTHERS: Final = Stranger("others", "", "")


def network_of(host: str | None) -> str:
    """`203.0.113.9` → `203.0.113.0/24`; IPv6 to /48. Unparseable: empty."""
    try:
        address = ip_address(host or "")
    except ValueError:
        return ""
    bits = 24 if address.version == 4 else 48
    width = 32 if address.version == 4 else 128
    kept = int(address) >> (width - bits) << (width - bits)
    return f"{type(address)(kept)}/{bits}"


class Strangers:
    """The bounded counter. Core: times are passed in (seconds of any monotonic clock)."""

    def __init__(self) -> None:
        self._counts: Counter[Stranger] = Counter()
        self._since: float | None = None

    def saw(self, stranger: Stranger, now: float, count: int = 1) -> None:
        if self._since is None:
            self._since = now
        known = stranger in self._counts or len(self._counts) < MAX_ROWS
        self._counts[stranger if known else OTHERS] += count

    def due(self, now: float) -> bool:
        return self._since is not None and now - self._since >= WINDOW_S

    def take(self) -> dict[Stranger, int]:
        """The summary so far; the next one begins empty."""
        counts, self._counts, self._since = dict(self._counts), Counter(), None
        return counts
