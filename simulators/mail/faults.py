"""Faults on demand: each holds for a number of mails, or until it is cleared."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

KINDS: Final = {
    "refuse": "the recipient is answered with `status`",
    "refuse_data": "the content is answered with `status`",
    "silent": "the content is taken and never answered",
    "cut": "the content is taken, then the connection breaks",
}


@dataclass(slots=True)
class Fault:
    """count: mails that it still hits, None until cleared."""

    kind: str
    count: int | None = None
    status: int = 550

    def shown(self) -> dict[str, Any]:
        return {"kind": self.kind, "count": self.count, "status": self.status}


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
        fault = Fault(str(kind), None if count is None else int(count), int(asked.get("status", 550)))
        self.live.append(fault)
        return fault

    def take(self, *kinds: str) -> Fault | None:
        """The first of these kinds, counted down."""
        fault = next((each for each in self.live if each.kind in kinds), None)
        if fault is not None and fault.count is not None:
            fault.count -= 1
            if fault.count <= 0:
                self.live.remove(fault)
        return fault

    def clear(self) -> None:
        self.live.clear()
