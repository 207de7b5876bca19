"""An invitation is accepted: in one transaction of the vault it is used up, a password is set, and the command that
makes a member is put out. Whatever dies then, the relay sends it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from api.accounts.person import sealer_of
from api.accounts.putting_out import PuttingOut
from api.auth import Caller
from api.services import Services
from domain.kernel.actor import INVITED
from domain.kernel.errors import InvalidInput, NotFound, Refused
from domain.kernel.ids import HOLDING, HOLDING_TENANT, derived
from domain.people.commands import AcceptInvitation, AskInvitationAgain
from domain.people.policies import TERMS
from projections.read import companies
from projections.read.outcomes import Outcome
from projections.read.people import Invitation, company_of_invitation, email_hash_of, invitation, user
from vault.accounts.passwords import check_strength

CALLER = Caller(INVITED, "invitation", HOLDING_TENANT, "")


@dataclass(frozen=True, slots=True)
class Offer:
    """known: the user has an account. email_hash: of the address that it went to."""

    invitation: Invitation
    company: str
    company_name: str
    known: bool
    email_hash: str

    @property
    def state(self) -> str:
        late = self.invitation.state == "open" and self.invitation.expires_at < datetime.now(UTC)
        return "expired" if late else self.invitation.state

    @property
    def acceptance(self) -> str:
        """The id of the command that accepts it: there is one."""
        return derived("accept", self.invitation.id)

    @property
    def asking(self) -> str:
        return derived("ask again", self.invitation.id)


async def offer(services: Services, invitation_id: str, token: str) -> Offer:
    """Raises NotFound `unknown_invitation`: there is none, or it is not its token; Unavailable."""
    if not await services.vault.links.is_of(token, invitation_id):
        raise NotFound("unknown_invitation")
    async with services.reads.system() as conn:
        company = await company_of_invitation(conn, invitation_id)
        found = await invitation(conn, company, invitation_id) if company else None
        if company is None or found is None:
            raise NotFound("unknown_invitation")
        person = await user(conn, found.user_id)
        named = await companies.company(conn, company)
        email_hash = await email_hash_of(conn, found.user_id)
    return Offer(
        invitation=found,
        company=company,
        company_name=named.name if named else "Legion",
        known=person is not None and person.registered_at is not None,
        email_hash=email_hash,
    )


@dataclass(frozen=True, slots=True)
class Accepting:
    services: Services
    offer: Offer

    async def accept(self, name: str | None, password: str | None) -> Outcome | None:
        """Raises InvalidInput, Refused, Unavailable."""
        found = self.offer.invitation
        hashed = None if self.offer.known else await self._chosen(name, password)
        sealer = await sealer_of(self.services.vault.keys, found.user_id)
        shown = (name or "").strip()
        command = AcceptInvitation(
            invitation=found.id,
            company=self.offer.company,
            user=found.user_id,
            role=found.role,
            email=sealer.text("user.email", found.email or ""),
            email_hash=self.offer.email_hash,
            name=sealer.text("user.name", shown),
            name_digest=sealer.tag(shown),
            terms=TERMS,
        )
        putting = PuttingOut(self.services, CALLER, command, self.offer.acceptance)
        await self.services.vault.links.accept(found.id, found.user_id, hashed, putting.id_, putting.encoded)
        return await putting.send()

    async def ask_again(self) -> Outcome | None:
        """Raises Refused, Unavailable."""
        command = AskInvitationAgain(invitation=self.offer.invitation.id, company=self.offer.company)
        return await self.services.commander.run(
            CALLER, tenant=HOLDING_TENANT, journey=HOLDING, id_=self.offer.asking, command=command
        )

    async def _chosen(self, name: str | None, password: str | None) -> str:
        """The password's hash. Raises InvalidInput, which says what is missing."""
        if self.offer.state != "open":
            raise Refused("invitation_expired" if self.offer.state == "expired" else "invitation_over")
        if not name or not name.strip():
            raise InvalidInput("name_missing", "name: who has no account yet says how they are called")
        if password is None:
            raise InvalidInput("password_missing", "password: who has no account yet chooses one")
        check_strength(password, [name, self.offer.invitation.email or "", self.offer.company_name])
        return await self.services.passwords.hash(password)
