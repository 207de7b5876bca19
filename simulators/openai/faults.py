"""Faults on demand: each holds for a number of requests, or until it is cleared."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

KINDS: Final = {
    "slow": "`seconds` for each token",
    "delay": "`seconds` before the first byte",
    "error": "an answer with HTTP `status`",
    "hang": "no answer until the client leaves",
    "cut": "the connection breaks after `tokens` tokens",
    "garbled": "prose where JSON was asked for",
    "refusal": "the model declines to answer in the form that was asked for",
    "missing": "JSON without the properties that have no value",
}

OF_FORMS: Final = frozenset({"garbled", "refusal", "missing"})
"""Those that only a request with a schema can meet: others pass them by."""


@dataclass(slots=True)
class Fault:
    """count: requests that it still hits, None until cleared."""

    kind: str
    count: int | None = None
    seconds: float = 1.0
    status: int = 500
    tokens: int = 3

    def shown(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("kind", "count", "seconds", "status", "tokens")}


@dataclass(slots=True)
class Faults:
    """The live ones, in the order in which they were asked for."""

    live: list[Fault] = field(default_factory=list)

    def add(self, asked: dict[str, Any]) -> Fault:
        """Raises ValueError for an unknown kind or a value of the wrong type."""
        kind = asked.get("kind")
        if kind not in KINDS:
            raise ValueError(f"kind: one of {', '.join(KINDS)}")
        count = asked.get("count")
        fault = Fault(
            kind=str(kind),
            count=None if count is None else int(count),
            seconds=float(asked.get("seconds", 1.0)),
            status=int(asked.get("status", 500)),
            tokens=int(asked.get("tokens", 3)),
        )
        self.live.append(fault)
        return fault

    def take(self, *, form: bool) -> dict[str, Fault]:
        """The faults of the next request, the first of each kind, counted down. form: it asks for JSON by a schema."""
        taken: dict[str, Fault] = {}
        for fault in self.live:
            if fault.kind not in taken and (form or fault.kind not in OF_FORMS):
                taken[fault.kind] = fault
                fault.count = None if fault.count is None else fault.count - 1
        self.live = [fault for fault in self.live if fault.count is None or fault.count > 0]
        return taken

    def clear(self) -> None:
        self.live.clear()
