"""What becomes of a deal."""

from __future__ import annotations

from domain.deal import commands as dc
from domain.deal import events as d
from domain.deal.aggregate import Deal
from domain.deal.handoff import check_requirements
from domain.deal.known import known_deal, open_deal
from domain.deal.parts import DealState, Place
from domain.deal.policies import FAULTS, items_fault, missing, money_fault
from domain.kernel.errors import Refused
from domain.kernel.journey import Journey
from domain.lead import events as ld
from domain.lead.advance import check_evidence
from domain.lead.aggregate import Lead
from domain.lead.life import LeadState
from domain.lead.parts import StateReason


def move_deal(journey: Journey, command: dc.MoveDeal) -> None:
    """Refused: unknown_deal, deal_over, stage_unchanged, stage_requires."""
    deal, place = open_deal(journey, command), command.place
    if _stands_in(deal, place):
        raise Refused("stage_unchanged")
    check_requirements(place, _known(journey, deal), journey.get(Lead, deal.lead))
    _move(journey, deal, place)


def move_by_rule(journey: Journey, deal: Deal, place: Place) -> None:
    """One that is open, and nobody who could be refused: what is missing is an event. Where it stands already there is
    nothing to do."""
    if _stands_in(deal, place):
        return
    if lacking := missing(place.requires, _known(journey, deal), journey.get(Lead, deal.lead).facts):
        journey.record(deal, d.DealHeldBack, deal=deal.key, pipeline=place.pipeline, stage=place.stage, missing=lacking)
    else:
        _move(journey, deal, place)


def value_deal(journey: Journey, command: dc.ValueDeal) -> None:
    """Refused: unknown_deal, deal_over, unknown_currency, value_out_of_range, too_many_items, item_out_of_range,
    value_is_not_the_sum, value_unchanged."""
    deal = open_deal(journey, command)
    if fault := money_fault(command.value) or items_fault(command.value, command.items):
        raise Refused(fault, FAULTS[fault])
    if (deal.value, deal.items) == (command.value, command.items):
        raise Refused("value_unchanged")
    journey.record(
        deal, d.DealValued, deal=command.deal, value=command.value, items=command.items, before=len(deal.items)
    )


def win_deal(journey: Journey, command: dc.WinDeal) -> None:
    """Refused: unknown_deal, deal_over, too_much_evidence."""
    deal = open_deal(journey, command)
    check_evidence(command.evidence)
    win(journey, deal, command.reason, command.evidence)


def win(journey: Journey, deal: Deal, reason: str | None, evidence: tuple[str, ...]) -> None:
    """One that is open, and its lead in the same commit."""
    journey.record(deal, d.DealWon, deal=deal.key, reason=reason, evidence=evidence)
    _tell(journey, deal, ld.LeadWon)


def lose_deal(journey: Journey, command: dc.LoseDeal) -> None:
    """Refused: unknown_deal, deal_over, too_much_evidence."""
    deal = open_deal(journey, command)
    check_evidence(command.evidence)
    journey.record(deal, d.DealLost, deal=deal.key, reason=command.reason, evidence=command.evidence)
    _tell(journey, deal, ld.LeadLost)


def reopen_deal(journey: Journey, command: dc.ReopenDeal) -> None:
    """Only the newest of its lead, and while the lead has not begun anew.

    Refused: unknown_deal, deal_open, deal_withdrawn, newer_deal.
    """
    deal = known_deal(journey, command)
    lead = journey.get(Lead, command.lead)
    if deal.state is DealState.OPEN:
        raise Refused("deal_open")
    if deal.state is DealState.WITHDRAWN:
        raise Refused("deal_withdrawn")
    if lead.deal != command.deal or lead.state not in (LeadState.WON, LeadState.LOST):
        raise Refused("newer_deal")
    journey.record(deal, d.DealReopened, deal=command.deal)
    journey.record(
        lead,
        ld.LeadReopened,
        lead=command.lead,
        state=LeadState.HANDED_OFF,
        reason=StateReason.CORRECTION,
        evidence=(journey.last_event,),
    )


def brief_deal(journey: Journey, command: dc.BriefDeal) -> None:
    """Once: who takes the lead over reads one. Refused: unknown_deal, deal_over, already_briefed, too_much_evidence."""
    deal = open_deal(journey, command)
    if deal.briefed:
        raise Refused("already_briefed")
    check_evidence(command.evidence)
    journey.record(
        deal, d.DealBriefed, deal=command.deal, brief=command.brief, evidence=command.evidence, usage=command.usage
    )


def _stands_in(deal: Deal, place: Place) -> bool:
    return (deal.pipeline, deal.stage) == (place.pipeline, place.stage)


def _move(journey: Journey, deal: Deal, place: Place) -> None:
    journey.record(deal, d.DealMoved, deal=deal.key, pipeline=place.pipeline, before=deal.stage, stage=place.stage)


def _known(journey: Journey, deal: Deal) -> dict[str, bool]:
    """Of what stages may require, beside what is known of the lead."""
    lead = journey.get(Lead, deal.lead)
    return {**deal.known, "user": bool(lead.assigned_user), "team": bool(lead.assigned_team)}


def _tell(journey: Journey, deal: Deal, told: type[ld.LeadWon] | type[ld.LeadLost]) -> None:
    """The lead, of the end that was recorded last."""
    evidence = (journey.last_event,)
    journey.record(journey.get(Lead, deal.lead), told, lead=deal.lead, deal=deal.key, evidence=evidence)
