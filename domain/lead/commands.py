"""Commands to a lead itself. Inbound messages come as `ReceiveMessage` of the conversation."""

from __future__ import annotations

from datetime import datetime

from domain.deal.parts import AutoHandoff
from domain.kernel.actor import Permission
from domain.kernel.command import Command, command
from domain.kernel.sealed import ContactName
from domain.lead.parts import (
    AssignReason,
    Bar,
    ConsentFor,
    ConsentHow,
    ErasureReason,
    Fact,
    SeenTalk,
    StateReason,
    Touch,
)


@command("UpdateContact", needs=Permission.CONVERSATION_RECEIVE)
class UpdateContact(Command):
    """A provider told the lead's display name without a message."""

    lead: str
    name: ContactName
    name_digest: str


@command("AssignLead", needs=Permission.LEAD_ASSIGN)
class AssignLead(Command):
    """user, team: whose it is from now on; both None: nobody's. Whoever asks must have looked that the user is a member
    of the company, the team one of its teams, and the user in it where both are given."""

    lead: str
    user: str | None
    team: str | None
    reason: AssignReason


@command("CloseJourney", needs=Permission.LEAD_MANAGE)
class CloseJourney(Command):
    """This lead goes on as `winner`. Whoever asks must have moved the aliases in the vault."""

    lead: str
    winner: str


@command("ConfirmRerun", needs=Permission.CONVERSATION_RECEIVE)
class ConfirmRerun(Command):
    """The effect `rerun` sent the moved message's body through the normaliser again."""

    lead: str
    provider_id: str
    run: int


@command("EraseLead", needs=Permission.LEAD_ERASE)
class EraseLead(Command):
    """The person is to be forgotten. Whoever asks must have recorded it in the vault (`vault.erasure.begin`), which
    answers with the hashes of the lead's aliases. ingress_ends: by partition of [ingress], the offset that the first
    body after the erasure gets at the earliest.
    """

    lead: str
    reason: ErasureReason
    alias_hashes: tuple[str, ...]
    ingress_ends: tuple[int, ...]


@command("ConfirmForgotten", needs=Permission.LEAD_FORGET)
class ConfirmForgotten(Command):
    """The effect `erase` destroyed the key and emptied every store. bodies_until: when the last raw body of before has
    aged out."""

    lead: str
    bodies_until: datetime


@command("CompleteErasure", needs=Permission.LEAD_FORGET)
class CompleteErasure(Command):
    """The day keys of all raw bodies of before are destroyed: the runner looked."""

    lead: str


@command("QualifyLead", needs=Permission.LEAD_MANAGE)
class QualifyLead(Command):
    """A person says that they are worth it. evidence: ids of events of this journey; whoever asks must have looked."""

    lead: str
    evidence: tuple[str, ...]


@command("DisqualifyLead", needs=Permission.LEAD_MANAGE)
class DisqualifyLead(Command):
    """They will not buy."""

    lead: str
    reason: StateReason
    evidence: tuple[str, ...]


@command("ReopenLead", needs=Permission.LEAD_MANAGE)
class ReopenLead(Command):
    """They may buy after all: the Centurion sells again."""

    lead: str
    reason: StateReason
    evidence: tuple[str, ...]


@command("RecordFacts", needs=Permission.LEAD_MANAGE)
class RecordFacts(Command):
    """What is known of a lead now. intent: None where nothing new is said of it. bar: None where the company has no
    rules. handoff: what follows from being qualified, None: nothing. Whoever asks must have validated the values
    against the questions."""

    lead: str
    facts: tuple[Fact, ...]
    intent: str | None
    bar: Bar | None
    handoff: AutoHandoff | None


@command("EndSilence", needs=Permission.CONVERSATION_ANSWER)
class EndSilence(Command):
    """The time is over that a lead may have been silent for. heard: the event of the last that they wrote, heard_at:
    when. after_ms: how long they may be silent. seen: their conversations as they were looked at."""

    lead: str
    heard: str
    heard_at: datetime
    after_ms: int
    seen: tuple[SeenTalk, ...]


@command("RecordTouch", needs=Permission.LEAD_MANAGE)
class RecordTouch(Command):
    """What brought them here, told by whoever saw it."""

    lead: str
    touch: Touch


@command("RecordConsent", needs=Permission.LEAD_MANAGE)
class RecordConsent(Command):
    """They agree to something, or do not any more."""

    lead: str
    purpose: ConsentFor
    given: bool
    how: ConsentHow
    evidence: tuple[str, ...]
