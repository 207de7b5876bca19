"""Whose a lead is: a member's, a team's, both, or nobody's."""

from __future__ import annotations

from domain.kernel.errors import Refused
from domain.kernel.journey import Journey
from domain.lead import commands as lc
from domain.lead import events as ld
from domain.lead.decide import open_lead


def assign_lead(journey: Journey, command: lc.AssignLead) -> None:
    """That the user is a member, the team one that goes on, and both belong together, is the word of the edge: people
    are the holding's journey.

    Refused: unknown_lead, journey_closed, assignment_unchanged.
    """
    lead = open_lead(journey, command.lead)
    if (command.user, command.team) == (lead.assigned_user, lead.assigned_team):
        raise Refused("assignment_unchanged")
    journey.record(
        lead, ld.LeadAssigned, lead=command.lead, user=command.user, team=command.team, reason=command.reason
    )
