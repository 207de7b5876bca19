"""What the provider's word on an instance means."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from domain.instance.commands import ReportInstanceItem

CONNECTION_STATUSES: Final = frozenset({"open", "connecting", "closed", "refused"})
"""`Item.status` of a connection: they move the gate for sending. Any other is kept as an item and moves nothing."""

SET_BACK: Final = timedelta(minutes=30)
"""Words on the connection that are older by more than this are news all the same: the sender's clock was set back. Some
tell local time, which goes back by an hour in autumn; and no delivery is that late."""

MAX_LABEL: Final = 200
"""Characters of a channel's, provider's or instance's name."""


def moves_gate(command: ReportInstanceItem) -> bool:
    return command.kind == "connection" and command.status in CONNECTION_STATUSES


def label_fault(**labels: str) -> str | None:
    """The name of the first label that is empty or too long."""
    return next((name for name, text in labels.items() if not text.strip() or len(text) > MAX_LABEL), None)


def overtaken(said_at: datetime | None, known_at: datetime | None) -> bool:
    """A newer word on the connection has come already."""
    return said_at is not None and known_at is not None and timedelta(0) < known_at - said_at <= SET_BACK
