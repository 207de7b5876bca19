"""Why something cannot be sent: for programs, for people, and where."""

from __future__ import annotations

from dataclasses import dataclass

from domain.kernel.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Reason:
    """code: stable, the console translates it. field: as Meta calls it, dotted. text: English, nothing personal."""

    code: str
    field: str
    text: str


class BadField(InvalidInput):
    """A value that cannot be what its field says."""

    def __init__(self, code: str, field: str, text: str) -> None:
        super().__init__(code, f"{field}: {text}")
        self.reason = Reason(code, field, text)
