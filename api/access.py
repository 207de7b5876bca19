"""What a person may do in a company, as it is now: looked up for each request, remembered for two seconds.

session   in the vault: ended there, it is over here
denials   in the vault: rights taken away count before the log knows, also while the projector is down
standing  in the read model: membership, role, whether the company is open
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from api.tokens import Claims
from domain.access.grant import of_role, permissions_in
from domain.kernel.actor import Actor, ActorKind, Permission
from domain.kernel.errors import Forbidden, NotFound, Unauthenticated
from domain.kernel.ids import HOLDING_TENANT
from projections.read.db import ReadDb
from projections.read.people import Standing, standing
from vault.accounts.denials import Denial
from vault.cache import BoundedCache
from vault.db import Vault

REMEMBERED: Final = 20_000
"""(session, company) pairs: about 20 MB."""

REMEMBER_S: Final = 2.0
"""How old the answer may be. With the time that it takes to write a denial, taking a right away works everywhere in
less than five seconds."""


@dataclass(frozen=True, slots=True)
class Rights:
    """role: the one that counts there, for people to see; "" where the user has none."""

    standing: Standing
    grant: frozenset[Permission]
    role: str


class NotAMember(Forbidden):
    """The answer is the same whether there is such a company or not; its auditors are told."""

    def __init__(self, known_company: bool) -> None:
        super().__init__("tenant_mismatch", "no member of the company that the request names")
        self.known_company = known_company


class Access:
    def __init__(self, vault: Vault, reads: ReadDb) -> None:
        self._vault = vault
        self._reads = reads
        self._rights: BoundedCache[tuple[str, str], Rights] = BoundedCache(REMEMBERED, REMEMBER_S)

    async def actor(self, claims: Claims, company: str) -> Actor:
        """Who calls, with what they may do in the company; of the holding's reserved tenant: in the holding alone.

        Raises Unauthenticated `session_over`; Forbidden `tenant_mismatch` for a company that they have nothing to do
        with, also for one that is not there; NotFound `tenant_not_found` for who sees all companies; Unavailable.
        """
        rights = await self.rights(claims, company)
        if company != HOLDING_TENANT:
            if not rights.standing.holding_role and not rights.standing.role:
                raise NotAMember(rights.standing.known_company)
            if not rights.standing.known_company:
                raise NotFound("tenant_not_found", "no company has the id that the request names")
        return Actor(kind=ActorKind.USER, id=claims.user, session=claims.session, grant=rights.grant)

    async def rights(self, claims: Claims, company: str) -> Rights:
        """Raises Unauthenticated `session_over`, Unavailable."""
        key = (claims.session, company)
        kept = self._rights.get(key)
        if kept is None:
            kept = self._rights.put(key, await self._look(claims, company))
        return kept

    async def _look(self, claims: Claims, company: str) -> Rights:
        # The denials first: one that comes between is seen with the role of after it, never with that of before.
        denials = await self._vault.denials.of(claims.user)
        session = await self._vault.sessions.live(claims.session)
        if session is None or session.user_id != claims.user or any(each.company is None for each in denials):
            raise _over()
        async with self._reads.system() as conn:
            found = await standing(conn, claims.user, company)
        if not found.active:
            raise _over()
        return made_rights(found, denials, company)


def made_rights(found: Standing, denials: Iterable[Denial], company: str) -> Rights:
    """The roles' permissions, less what was taken away. Pure."""
    holding, own = of_role(found.holding_role, None), of_role(found.role, found.permissions)
    for denial in denials:
        if denial.company == HOLDING_TENANT:
            holding &= denial.keeps
        elif denial.company == company:
            own &= denial.keeps
    grant = permissions_in(holding, own, writable=found.writable)
    return Rights(found, grant, found.holding_role or found.role or "")


def _over() -> Unauthenticated:
    return Unauthenticated("session_over", "log in again")
