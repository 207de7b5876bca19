"""Commands to a lead itself. Inbound messages come as `ReceiveMessage` of the conversation."""

from __future__ import annotations

from domain.kernel.actor import Permission
from domain.kernel.command import Command, command
from domain.kernel.sealed import ContactName


@command("UpdateContact", needs=Permission.CONVERSATION_RECEIVE)
class UpdateContact(Command):
    """A provider told the lead's display name without a message."""

    lead: str
    name: ContactName
    name_digest: str


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
