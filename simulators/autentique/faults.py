"""Faults on demand: each holds for a number of times, or until it is cleared."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Final

CALLS: Final = {
    "timeout_after": "it is done, the call hangs until its client gives up",
    "error_after": "it is done, the call answers HTTP `status`",
    "never_does": "the call hangs and nothing is done",
    "refuse": "HTTP `status` (429, 500, 401, …) and nothing is done",
    "errors": "HTTP 200 with errors[] of `message` (a code; with `fields` a validation) and nothing is done",
    "slow": "the call takes `seconds` more",
    "lists_late": "documents() does not show yet what was created",
}
WEBHOOKS: Final = {
    "duplicate": "the webhook is sent `copies` times more",
    "delay": "the webhook waits `seconds`",
    "drop": "no webhook",
    "forge": "signed with another secret",
    "alter": "a byte of the body is changed after it was signed",
}
KINDS: Final = {**CALLS, **WEBHOOKS}


@dataclass(slots=True)
class Fault:
    """count: times that it still holds, None until cleared. only: names of operations (createDocument, …) or types of
    events that it is for, none means all."""

    kind: str
    count: int | None = None
    status: int = 500
    seconds: float = 1.0
    copies: int = 1
    message: str = "validation"
    fields: dict[str, list[str]] = field(default_factory=dict)
    only: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Faults:
    live: list[Fault] = field(default_factory=list)

    def add(self, asked: dict[str, Any]) -> Fault:
        """Raises ValueError or TypeError for what is no fault."""
        kind = str(asked.get("kind"))
        if kind not in KINDS:
            raise ValueError(f"kind: one of {', '.join(KINDS)}")
        count = asked.get("count")
        fault = Fault(kind, None if count is None else int(count), int(asked.get("status", 500)))
        fault.seconds = float(asked.get("seconds", 1.0))
        fault.copies = int(asked.get("copies", 1))
        fault.message = str(asked.get("message", "validation"))
        fault.fields = {str(name): [str(each) for each in codes] for name, codes in asked.get("fields", {}).items()}
        fault.only = [str(name) for name in asked.get("only", [])]
        self.live.append(fault)
        return fault

    def take(self, name: str, *kinds: str) -> Fault | None:
        """The first live fault of these kinds that is for this operation or event, counted down."""
        for fault in self.live:
            if fault.kind in kinds and (not fault.only or name in fault.only):
                if fault.count is not None:
                    fault.count -= 1
                    if fault.count <= 0:
                        self.live.remove(fault)
                return fault
        return None

    def shown(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self.live]
