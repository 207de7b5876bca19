"""Faults on demand: each holds for a number of times, or until it is cleared."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Final

SENDING: Final = {
    "timeout_after_accept": "the message goes out, the call hangs until its client gives up",
    "error_after_accept": "the message goes out, the call answers HTTP `status`",
    "never_accepts": "the call hangs and nothing goes out",
    "refuse": "HTTP `status` (429, 500, 400, …) and nothing goes out",
    "fail": "accepted, then acknowledged with ERROR: the lead never sees it",
}
READING: Final = {
    "lists_late": "findMessages does not show yet what the company sent",
}
WEBHOOKS: Final = {
    "duplicate": "the webhook is sent twice",
    "reorder": "the webhook waits until a later one was delivered",
    "delay": "the webhook waits `seconds`",
    "drop_receipts": "no messages.update",
    "drop_echoes": "no send.message",
}
KINDS: Final = {**SENDING, **READING, **WEBHOOKS}


@dataclass(slots=True)
class Fault:
    """count: times that it still holds, None until cleared. events: names of bodies that it is for, none means all."""

    kind: str
    count: int | None = None
    status: int = 500
    seconds: float = 1.0
    events: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Faults:
    live: list[Fault] = field(default_factory=list)

    def add(self, asked: dict[str, Any]) -> Fault:
        """Raises ValueError or TypeError for what is no fault."""
        kind = str(asked.get("kind"))
        if kind not in KINDS:
            raise ValueError(f"kind: one of {', '.join(KINDS)}")
        count = asked.get("count")
        status = int(asked.get("status", 429 if kind == "refuse" else 500))
        fault = Fault(kind, None if count is None else int(count), status, float(asked.get("seconds", 1.0)))
        fault.events = [str(name) for name in asked.get("events", [])]
        self.live.append(fault)
        return fault

    def take(self, *kinds: str, event: str | None = None) -> Fault | None:
        """The first live fault of these kinds that is for this event, counted down."""
        for fault in self.live:
            if fault.kind in kinds and (not fault.events or event in fault.events):
                if fault.count is not None:
                    fault.count -= 1
                    if fault.count <= 0:
                        self.live.remove(fault)
                return fault
        return None

    def shown(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self.live]
