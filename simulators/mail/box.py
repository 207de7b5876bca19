"""The mails that came, the newest last."""

from __future__ import annotations

import itertools
import time
from collections import deque
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, Final

KEPT: Final = 200
"""Mails. With the limit of one (`smtp.LARGEST`) that bounds the memory; a demo sends a handful."""


@dataclass(frozen=True, slots=True)
class Kept:
    """sender, recipients: of the envelope. at: seconds since the epoch."""

    number: int
    at: float
    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage

    def shown(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "at": self.at,
            "from": self.sender,
            "to": list(self.recipients),
            "subject": str(self.message["subject"] or ""),
            "message_id": str(self.message["message-id"] or ""),
            "headers": {name.lower(): str(value) for name, value in self.message.items()},
            "text": self._body("plain"),
            "html": self._body("html"),
        }

    def is_to(self, address: str) -> bool:
        return address.lower() in (each.lower() for each in self.recipients)

    def _body(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        return "" if part is None else str(part.get_content()).replace("\r\n", "\n")


@dataclass(slots=True)
class Box:
    mails: deque[Kept] = field(default_factory=lambda: deque(maxlen=KEPT))
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def put(self, sender: str, recipients: list[str], content: bytes) -> None:
        message = message_from_bytes(content, policy=default)
        self.mails.append(Kept(next(self.numbers), time.time(), sender, tuple(recipients), message))

    def to(self, address: str | None) -> list[Kept]:
        """All of them, or those to one address."""
        return [mail for mail in self.mails if address is None or mail.is_to(address)]
