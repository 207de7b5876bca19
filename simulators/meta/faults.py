"""Faults on demand: each holds for a number of requests, or until it is cleared."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Final

BEFORE: Final = {
    "refuse": "an error of `code` and `subcode` with HTTP `status`, `transient` or not; no event is taken",
    "throttle": "error `code` (4, 17, 32, 613, 80004), with Retry-After of `seconds` or a usage header of `minutes`",
    "never_accepts": "no answer until the client leaves, and no event is taken",
    "slow": "the answer waits `seconds`",
}
AFTER: Final = {
    "timeout_after_accept": "the events are taken, no answer until the client leaves",
    "error_after_accept": "the events are taken, the answer is HTTP `status` without a Graph error",
    "garbage_after_accept": "the events are taken, the answer is HTTP 200 with something else than JSON",
    "cut_after_accept": "the events are taken, the answer breaks off",
}
KINDS: Final = {**BEFORE, **AFTER}


@dataclass(slots=True)
class Fault:
    """count: requests that it still hits, None until cleared. seconds: of `slow` and Retry-After; minutes: of the usage
    header."""

    kind: str
    count: int | None = None
    status: int = 500
    code: int = 2
    subcode: int | None = None
    transient: bool = False
    seconds: int = 0
    minutes: int = 0


@dataclass(slots=True)
class Faults:
    """The live ones, in the order in which they were asked for."""

    live: list[Fault] = field(default_factory=list)

    def add(self, asked: dict[str, Any]) -> Fault:
        """Raises ValueError or TypeError for what is no fault."""
        kind = str(asked.get("kind"))
        if kind not in KINDS:
            raise ValueError(f"kind: one of {', '.join(KINDS)}")
        numbers = ("count", "status", "code", "subcode", "seconds", "minutes")
        given = {name: int(asked[name]) for name in numbers if asked.get(name) is not None}
        defaults = {"code": 4, "status": 403} if kind == "throttle" else {}
        fault = Fault(kind, transient=bool(asked.get("transient")), **{**defaults, **given})
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

    def shown(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self.live]
