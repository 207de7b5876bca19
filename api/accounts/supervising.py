"""Sessions of others: seen and ended by who may do that in a company.

A session works in one company at a time, and ending it logs its owner out of all. So who runs a company reaches the
sessions that work in it, and no others; who runs the holding reaches all (`company` is the holding's tenant then).
"""

from __future__ import annotations

from dataclasses import dataclass

from api.accounts.audit import told_of, told_of_all
from api.auth import Caller
from api.services import Services
from domain.access.grant import of_role
from domain.kernel.errors import NotFound, Refused
from domain.kernel.ids import HOLDING_TENANT
from domain.security.records import Act
from projections.read.people import Standing, standing
from vault.accounts.sessions import Session, Why


@dataclass(frozen=True, slots=True)
class Supervised:
    """user: whose sessions. found: what they are in the company of the caller."""

    services: Services
    caller: Caller
    user: str
    found: Standing

    @property
    def _within(self) -> str | None:
        """The company that sessions have to work in; None: any."""
        return None if self.caller.company == HOLDING_TENANT else self.caller.company

    async def sessions(self) -> tuple[Session, ...]:
        """Raises Unavailable."""
        return await self.services.vault.sessions.of_user(self.user, self._within)

    async def end(self, session: str) -> None:
        """Raises NotFound `session_not_found`, Refused `beyond_own_rights`, Unavailable."""
        self._check()
        ended = await self.services.vault.sessions.end(
            session,
            Why.ENDED_BY_ADMIN,
            user=self.user,
            company=self._within,
            told=told_of(Act.SESSION_ENDED, self.caller.actor),
        )
        if not ended:
            raise NotFound("session_not_found")

    async def end_all(self) -> None:
        """Raises Refused `beyond_own_rights`, Unavailable."""
        self._check()
        told = told_of_all(self.caller.actor)
        await self.services.vault.sessions.end_all(self.user, Why.ENDED_BY_ADMIN, company=self._within, told=told)

    def _check(self) -> None:
        """Nobody logs out who may do more than they (as nobody takes more away: api/accounts/taking.py)."""
        found = self.found
        if not of_role(found.holding_role, None) | of_role(found.role, found.permissions) <= self.caller.actor.grant:
            raise Refused("beyond_own_rights")


async def supervised(services: Services, caller: Caller, user: str) -> Supervised:
    """Raises NotFound `member_not_found` for who is no member of the caller's company (in the holding: no user at all),
    Unavailable."""
    async with services.reads.system() as conn:
        found = await standing(conn, user, caller.company)
    known = found.active if caller.company == HOLDING_TENANT else found.role is not None
    if not known:
        raise NotFound("member_not_found")
    return Supervised(services, caller, user, found)
