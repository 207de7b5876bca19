"""Somebody who is invited, as the API makes them known: an address in the vault, sealed words in the log."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import uuid4

from domain.kernel.command import Command
from domain.kernel.ids import HOLDING, HOLDING_TENANT, user_subject
from domain.people import commands as pc
from proof.ground.world import Ground
from vault.codec import SubjectSealer
from vault.db import Vault


@dataclass(frozen=True, slots=True)
class Person:
    """user, email_hash: the vault's. sealer: of the person's own words."""

    user: str
    email_hash: str
    address: str
    sealer: SubjectSealer
    invitation: str = field(default_factory=lambda: str(uuid4()))

    @property
    def stream(self) -> str:
        return f"invitation-{self.invitation}"

    def invite(self, company: str, role: str) -> pc.InviteMember:
        return pc.InviteMember(
            invitation=self.invitation,
            company=company,
            user=self.user,
            role=role,
            email=self.sealer.text("user.email", self.address),
            email_hash=self.email_hash,
        )

    def accept(self, company: str, role: str) -> pc.AcceptInvitation:
        return pc.AcceptInvitation(
            invitation=self.invitation,
            company=company,
            user=self.user,
            role=role,
            email=self.sealer.text("user.email", self.address),
            email_hash=self.email_hash,
            name=self.sealer.text("user.name", "Ana Prado"),
            name_digest="d",
            terms="1",
        )

    def erased(self) -> tuple[Command, ...]:
        """What it takes. The words of the reason are somebody's."""
        reason = f"{self.address} asked for it"
        return (
            pc.DisableUser(user=self.user, reason="left"),
            pc.EraseUser(user=self.user, email_hash=self.email_hash, reason=reason),
        )


async def somebody(vault: Vault, address: str | None = None) -> Person:
    address = address or f"{uuid4().hex}@example.org"
    found = await vault.aliases.resolve(HOLDING_TENANT, [("email", address)])
    subject = user_subject(found.lead)
    key = await vault.keys.get_or_create(HOLDING_TENANT, subject)
    ((_, email_hash),) = found.hashes
    return Person(found.lead, email_hash, address, SubjectSealer(key, HOLDING_TENANT, subject))


async def says(legion: Ground, *commands: Command) -> None:
    """The holding decides."""
    for command in commands:
        await legion.run(HOLDING_TENANT, HOLDING, command)
