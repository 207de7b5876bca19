"""The handoff: lead and deal change in one commit, so that they always agree."""

from __future__ import annotations

from collections.abc import Mapping

from domain.deal import commands as dc
from domain.deal import events as d
from domain.deal.aggregate import Deal
from domain.deal.known import open_deal
from domain.deal.parts import AutoHandoff, HandoffReason, Place
from domain.deal.policies import FAULTS, UNDO_WITHIN, missing, money_fault
from domain.kernel.errors import Refused
from domain.kernel.journey import Journey
from domain.lead import events as ld
from domain.lead.advance import lead_that_may
from domain.lead.aggregate import Lead
from domain.lead.life import LeadState
from domain.lead.parts import AssignReason


def hand_off_lead(journey: Journey, command: dc.HandOffLead) -> None:
    """From any state before it, once: a lead has one open deal. That user and team may have it, and that the stage is
    there, is the word of the edge.

    Refused: unknown_lead, journey_closed, illegal_transition, too_much_evidence, deal_exists, unknown_currency,
    value_out_of_range, stage_requires.
    """
    lead = lead_that_may(journey, command.lead, LeadState.HANDED_OFF, command.evidence)
    if lead.state in (LeadState.WON, LeadState.LOST):
        raise Refused("illegal_transition", f"{lead.state}: reopen the deal, or the lead for another one")
    deal = journey.get(Deal, command.deal)
    if deal.exists:
        raise Refused("deal_exists")
    if command.value is not None and (fault := money_fault(command.value)):
        raise Refused(fault, FAULTS[fault])
    assigned = lead.assigned_user, lead.assigned_team
    whose = (command.user, command.team) if command.assigns else assigned
    value, user, team = (known is not None for known in (command.value, *whose))
    check_requirements(command.place, {"value": value, "user": user, "team": team}, lead)
    if whose != assigned:
        journey.record(
            lead,
            ld.LeadAssigned,
            lead=command.lead,
            user=command.user,
            team=command.team,
            reason=AssignReason.HANDOFF,
        )
    _hand_over(journey, lead, deal, command)


def hand_off_by_rule(journey: Journey, lead: Lead, rule: AutoHandoff) -> None:
    """The event recorded last says that they are qualified. Where the stage requires what is not known yet, nothing:
    they stay qualified, and people hand them over."""
    deal = journey.get(Deal, rule.deal)
    whose = {"user": lead.assigned_user is not None, "team": lead.assigned_team is not None}
    if deal.exists or missing(rule.place.requires, whose, lead.facts):
        return
    told = dc.HandOffLead(
        lead=lead.key,
        deal=rule.deal,
        place=rule.place,
        value=None,
        assigns=False,
        user=None,
        team=None,
        reason=HandoffReason.QUALIFIED,
        assists=rule.assists,
        evidence=(journey.last_event,),
    )
    _hand_over(journey, lead, deal, told)


def _hand_over(journey: Journey, lead: Lead, deal: Deal, told: dc.HandOffLead) -> None:
    journey.record(
        lead,
        ld.LeadHandedOff,
        lead=lead.key,
        deal=deal.key,
        reason=told.reason,
        evidence=told.evidence,
        assists=told.assists,
    )
    journey.record(
        deal,
        d.DealOpened,
        deal=deal.key,
        lead=lead.key,
        company=journey.context.tenant,
        pipeline=told.place.pipeline,
        stage=told.place.stage,
        value=told.value,
    )


def undo_handoff(journey: Journey, command: dc.UndoHandoff) -> None:
    """Whose the lead is stays: it was said with a reason of its own, and may be said anew.

    Refused: unknown_deal, deal_over, too_late.
    """
    deal = open_deal(journey, command)
    lead = journey.get(Lead, command.lead)
    assert lead.handed_at is not None, "an open deal was handed over"
    if journey.at > lead.handed_at + UNDO_WITHIN:
        raise Refused("too_late", f"a handoff is undone within {UNDO_WITHIN.seconds // 60} minutes")
    state = LeadState.OPTED_OUT if lead.opted_out else lead.before
    journey.record(lead, ld.HandoffUndone, lead=command.lead, deal=command.deal, state=state, reason=command.reason)
    journey.record(deal, d.DealWithdrawn, deal=command.deal)


def check_requirements(place: Place, known: Mapping[str, bool], lead: Lead) -> None:
    """Refused: stage_requires, with what is missing."""
    if lacking := missing(place.requires, known, lead.facts):
        raise Refused("stage_requires", ", ".join(lacking))
