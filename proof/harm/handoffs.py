"""Every process on the way of a handoff and of its undoing, with a fuse at each step: see on_the_way.py."""

from __future__ import annotations

from typing import Final

from domain.deal.commands import HandOffLead, UndoHandoff
from domain.lead.events import HandoffUndone, LeadHandedOff
from proof.harm import on_the_way
from proof.harm.on_the_way import fuses

SERVICES: Final = ("api", "writer", "projector")
ASKS: Final = {HandOffLead: "handoff", UndoHandoff: "undo"}
SAYS: Final = {LeadHandedOff: "handed", HandoffUndone: "undone"}
POINTS: Final = on_the_way.points(ASKS.values(), SAYS.values())


def plant() -> None:
    fuses(ASKS, SAYS)
