"""How a lead gets from one state to the next (life.py): by what is said in its conversations, or by a person's word."""

from __future__ import annotations

from domain.kernel.errors import Refused
from domain.kernel.journey import Journey
from domain.lead import commands as lc
from domain.lead import events as ld
from domain.lead.aggregate import Lead
from domain.lead.decide import open_lead
from domain.lead.life import MAX_EVIDENCE, SELLING, LeadState, may_follow
from domain.lead.parts import DISQUALIFYING, REOPENING, StateReason


def answered(journey: Journey, lead: Lead) -> None:
    """The event recorded last says that something was sent to them. Records only the first time."""
    if lead.state is LeadState.NEW and not lead.closed:
        evidence = (journey.last_event,)
        journey.record(lead, ld.LeadContacted, lead=lead.key, reason=StateReason.FIRST_ANSWER, evidence=evidence)


def heard(journey: Journey, lead: Lead) -> None:
    """The event recorded last says that they wrote. Records only their first answer to an answer, and that they are
    awake."""
    evidence = (journey.last_event,)
    if lead.state is LeadState.CONTACTED:
        journey.record(lead, ld.LeadEngaged, lead=lead.key, reason=StateReason.LEAD_ANSWERED, evidence=evidence)
    elif lead.state is LeadState.DORMANT:
        reason = StateReason.LEAD_WROTE
        journey.record(lead, ld.LeadReopened, lead=lead.key, state=LeadState.ENGAGED, reason=reason, evidence=evidence)


def qualify_lead(journey: Journey, command: lc.QualifyLead) -> None:
    """Refused: unknown_lead, journey_closed, illegal_transition, too_much_evidence."""
    lead = lead_that_may(journey, command.lead, LeadState.QUALIFIED, command.evidence)
    qualified(journey, lead, StateReason.BY_PERSON, command.evidence, rules=0)


def qualified(journey: Journey, lead: Lead, reason: StateReason, evidence: tuple[str, ...], *, rules: int) -> None:
    """It may follow: whoever calls has looked. rules: number of those that say so, 0 where a person does."""
    journey.record(
        lead, ld.LeadQualified, lead=lead.key, reason=reason, evidence=evidence, rules=rules, score=lead.score
    )


def disqualify_lead(journey: Journey, command: lc.DisqualifyLead) -> None:
    """Refused: unknown_lead, journey_closed, illegal_transition, wrong_reason, too_much_evidence."""
    if command.reason not in DISQUALIFYING:
        raise Refused("wrong_reason", f"{command.reason} disqualifies nobody")
    lead = lead_that_may(journey, command.lead, LeadState.DISQUALIFIED, command.evidence)
    journey.record(lead, ld.LeadDisqualified, lead=command.lead, reason=command.reason, evidence=command.evidence)


def reopen_lead(journey: Journey, command: lc.ReopenLead) -> None:
    """Not of who asked not to be written to.

    Refused: unknown_lead, journey_closed, illegal_transition, opted_out, wrong_reason, too_much_evidence.
    """
    if command.reason not in REOPENING:
        raise Refused("wrong_reason", f"{command.reason} reopens nobody")
    lead = lead_that_may(journey, command.lead, LeadState.ENGAGED, command.evidence)
    if lead.opted_out:
        raise Refused("opted_out")
    if lead.state in SELLING:
        raise Refused("illegal_transition", f"{lead.state} is not over")
    if lead.state is LeadState.HANDED_OFF:
        raise Refused("illegal_transition", "a deal is open: it is undone, won or lost first")
    journey.record(
        lead,
        ld.LeadReopened,
        lead=command.lead,
        state=LeadState.ENGAGED,
        reason=command.reason,
        evidence=command.evidence,
    )


def lead_that_may(journey: Journey, id_: str, then: LeadState, evidence: tuple[str, ...] = ()) -> Lead:
    """Refused: unknown_lead, journey_closed, illegal_transition, too_much_evidence."""
    lead = open_lead(journey, id_)
    check_may(lead, then)
    check_evidence(evidence)
    return lead


def check_evidence(evidence: tuple[str, ...]) -> None:
    """Refused: too_much_evidence."""
    if len(evidence) > MAX_EVIDENCE:
        raise Refused("too_much_evidence", f"at most {MAX_EVIDENCE} events")


def check_may(lead: Lead, then: LeadState) -> None:
    """Refused: illegal_transition."""
    if not may_follow(lead.state, then):
        raise Refused("illegal_transition", f"{lead.state} is not followed by {then}")
