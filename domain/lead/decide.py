"""What is decided of a lead itself, and what a conversation's deciders ask of it."""

from __future__ import annotations

from collections.abc import Iterable

from domain.conversation.commands import ReceiveMessage
from domain.conversation.parts import AliasRef
from domain.kernel.errors import Refused
from domain.kernel.journey import Journey
from domain.kernel.sealed import ContactName
from domain.lead import commands as lc
from domain.lead import events as ld
from domain.lead.aggregate import Lead
from domain.lead.life import WITH_DEAL
from domain.lead.parts import StateReason
from domain.lead.policies import MAX_MOVED, rerun_key


def update_contact(journey: Journey, command: lc.UpdateContact) -> None:
    """Refused: unknown_lead, journey_closed, name_unchanged."""
    lead = open_lead(journey, command.lead)
    if lead.name_digest == command.name_digest:
        raise Refused("name_unchanged")
    rename_contact(journey, lead, command.name, command.name_digest)


def close_journey(journey: Journey, command: lc.CloseJourney) -> None:
    """Refused: unknown_lead, journey_closed, winner_is_loser."""
    lead = open_lead(journey, command.lead)
    if command.winner == command.lead:
        raise Refused("winner_is_loser")
    journey.record(lead, ld.JourneyClosed, lead=command.lead, winner=command.winner)


def confirm_rerun(journey: Journey, command: lc.ConfirmRerun) -> None:
    """Refused: unknown_lead, no_such_rerun."""
    lead = _known_lead(journey, command.lead)
    if rerun_key(command.provider_id, command.run) not in lead.moved:
        raise Refused("no_such_rerun")
    journey.record(lead, ld.MessageRerun, lead=command.lead, provider_id=command.provider_id, run=command.run)


def move_message(journey: Journey, lead: Lead, command: ReceiveMessage) -> None:
    """A message reached a closed journey: its body is run again, and finds the winner.

    Refused: duplicate when the same run of it waits already, too_many_moved.
    """
    run = command.source.run + 1
    if rerun_key(command.provider_id, run) in lead.moved:
        raise Refused("duplicate")
    if len(lead.moved) >= MAX_MOVED:
        raise Refused("too_many_moved")
    journey.record(
        lead,
        ld.MessageMoved,
        lead=lead.key,
        instance=command.instance,
        provider_id=command.provider_id,
        source_partition=command.source.partition,
        source_offset=command.source.offset,
        run=run,
    )


def meet(journey: Journey, lead: Lead, source: str, aliases: Iterable[AliasRef]) -> None:
    """The lead exists and has these aliases from now on. Records only what is new."""
    if not lead.created:
        journey.record(lead, ld.LeadCreated, lead=lead.key, company=journey.context.tenant, source=source)
    for alias in aliases:
        if alias.alias_hash not in lead.aliases:
            journey.record(
                lead,
                ld.AliasLinked,
                lead=lead.key,
                scheme=alias.scheme,
                alias_hash=alias.alias_hash,
                value=alias.value,
            )


def rename_contact(journey: Journey, lead: Lead, name: ContactName | None, digest: str | None) -> None:
    """The name as last told. Records nothing where there is none or it is the same."""
    if name is not None and digest is not None and digest != lead.name_digest:
        journey.record(lead, ld.ContactUpdated, lead=lead.key, name=name, name_digest=digest)


def opt_out(journey: Journey, lead: Lead, message: str) -> None:
    """Once is for good: nothing is recorded the second time. A deal goes on saying how far they are."""
    if lead.opted_out:
        return
    journey.record(lead, ld.OptOutRecorded, lead=lead.key, message=message)
    if lead.state not in WITH_DEAL:
        evidence = (journey.last_event,)
        journey.record(lead, ld.LeadOptedOut, lead=lead.key, reason=StateReason.LEAD_REQUEST, evidence=evidence)


def _known_lead(journey: Journey, id_: str) -> Lead:
    lead = journey.get(Lead, id_)
    if not lead.created:
        raise Refused("unknown_lead")
    return lead


def open_lead(journey: Journey, id_: str) -> Lead:
    """Refused: unknown_lead, journey_closed."""
    lead = _known_lead(journey, id_)
    if lead.closed:
        raise Refused("journey_closed")
    return lead
