"""The deal that a command names, or why it cannot be."""

from __future__ import annotations

from typing import Protocol

from domain.deal.aggregate import Deal
from domain.deal.parts import DealState
from domain.kernel.errors import Refused
from domain.kernel.journey import Journey


class Named(Protocol):
    """A command to a deal."""

    @property
    def lead(self) -> str: ...
    @property
    def deal(self) -> str: ...


def known_deal(journey: Journey, command: Named) -> Deal:
    """Refused: unknown_deal, also when it is another lead's. Of a lead whose life goes on in another journey the deals
    stay here, and are reached by their ids."""
    deal = journey.get(Deal, command.deal)
    if not deal.exists or deal.lead != command.lead:
        raise Refused("unknown_deal")
    return deal


def open_deal(journey: Journey, command: Named) -> Deal:
    """Refused: unknown_deal, deal_over."""
    deal = known_deal(journey, command)
    if deal.state is not DealState.OPEN:
        raise Refused("deal_over", f"it is {deal.state}")
    return deal
