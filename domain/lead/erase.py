"""A person is forgotten, in three steps that the log tells: erased, forgotten, completed."""

from __future__ import annotations

from domain.kernel.errors import Refused
from domain.kernel.journey import Journey
from domain.lead import commands as lc
from domain.lead import events as ld
from domain.lead.aggregate import Lead


def erase_lead(journey: Journey, command: lc.EraseLead) -> None:
    """Also one whose life goes on in another journey: its own words are sealed with its own key.

    Refused: unknown_lead, lead_erased (whoever asks for anything in an erased journey).
    """
    lead = journey.get(Lead, command.lead)
    if not lead.created:
        raise Refused("unknown_lead")
    journey.record(
        lead,
        ld.LeadErased,
        lead=command.lead,
        reason=command.reason,
        opted_out=lead.opted_out,
        alias_hashes=tuple(sorted({*lead.aliases, *command.alias_hashes})),
        ingress_ends=command.ingress_ends,
    )


def confirm_forgotten(journey: Journey, command: lc.ConfirmForgotten) -> None:
    """Refused: not_erased, already_forgotten."""
    lead = journey.get(Lead, command.lead)
    if not lead.erased:
        raise Refused("not_erased")
    if lead.forgotten:
        raise Refused("already_forgotten")
    journey.record(lead, ld.LeadForgotten, lead=command.lead, bodies_until=command.bodies_until)


def complete_erasure(journey: Journey, command: lc.CompleteErasure) -> None:
    """That the time is over is the word of the runner, who looked into the vault.

    Refused: not_forgotten, already_completed.
    """
    lead = journey.get(Lead, command.lead)
    if not lead.forgotten:
        raise Refused("not_forgotten")
    if lead.completed:
        raise Refused("already_completed")
    journey.record(lead, ld.ErasureCompleted, lead=command.lead)
