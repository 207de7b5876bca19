"""Commands to a lead itself. Inbound messages come as `ReceiveMessage` of the conversation."""

from __future__ import annotations

from datetime import datetime

from domain.kernel.actor import Permission
from domain.kernel.command import Command, command
from domain.kernel.sealed import ContactName
from domain.lead.parts import AssignReason, ErasureReason


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
