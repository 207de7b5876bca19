"""Which events are reported, and what their report is called: the same id for ever, whoever asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from domain.contract import events as k
from domain.kernel.event import Event
from domain.kernel.ids import derived
from domain.lead import events as ld
from domain.pixel.settings import Milestone

MILESTONES: Final[Mapping[type[Event], Milestone]] = {
    ld.LeadEngaged: Milestone.ENGAGED,
    ld.LeadQualified: Milestone.QUALIFIED,
    ld.LeadHandedOff: Milestone.HANDED_OFF,
    k.ContractSigned: Milestone.SIGNED,
    ld.LeadWon: Milestone.WON,
    # One more: a member of Milestone, a line here, a handler of MarketingEvents (projections/tables/marketing.py).
}


def conversion_id(stream: str, version: int) -> str:
    """Of the report of that event: the name of its stream, its key among effects, and the `event_id` that Meta (and a
    browser's pixel) knows it by."""
    return derived("conversion", stream, version)
