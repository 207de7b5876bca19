"""A writer that takes the journal's word for a stream: what it has decided since is not laid over what it loads."""

from __future__ import annotations

from collections.abc import Iterator

from commands.overlay import Overlay
from domain.kernel.event import Event


def nothing(_overlay: Overlay, _journey: str, _stream: str, _position: int) -> Iterator[Event]:
    return iter(())


def plant() -> None:
    Overlay.events = nothing  # type: ignore[method-assign, assignment]  # that is the bug
