"""What the provider's word on an instance means."""

from __future__ import annotations

from typing import Final

from domain.instance.commands import ReportInstanceItem

CONNECTION_STATUSES: Final = frozenset({"open", "connecting", "closed", "refused"})
"""`Item.status` of a connection: they move the gate for sending. Any other is kept as an item and moves nothing."""

MAX_LABEL: Final = 200
"""Characters of a channel's, provider's or instance's name."""


def moves_gate(command: ReportInstanceItem) -> bool:
    return command.kind == "connection" and command.status in CONNECTION_STATUSES


def label_fault(**labels: str) -> str | None:
    """The name of the first label that is empty or too long."""
    return next((name for name, text in labels.items() if not text.strip() or len(text) > MAX_LABEL), None)
