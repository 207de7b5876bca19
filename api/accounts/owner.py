"""Whose account it is: of an address that somebody typed, or of a mailed token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from api.accounts.addresses import SCHEME
from api.services import Services
from domain.kernel.errors import NotFound
from domain.kernel.ids import HOLDING_TENANT
from projections.read.companies import company
from projections.read.people import Membership, User, memberships, user
from vault.accounts.one_time import Purpose

NOBODY: Final = "nobody"
"""Asked for in the place of a user that is not there, so that the steps are the same."""

HOLDINGS_LOCALE: Final = "en"
"""Of who belongs to no company (as in the mails of invitations to the holding)."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Somebody who may log in."""

    user: User
    memberships: tuple[Membership, ...]


async def owner_of(services: Services, email: str) -> Owner | None:
    """email: canonical. The same queries whether there is one or not. Raises Unavailable."""
    return await _owner(services, await services.vault.aliases.find(HOLDING_TENANT, [(SCHEME, email)]) or NOBODY)


async def owner_by_token(services: Services, purpose: Purpose, token: str) -> Owner:
    """It is not used up by this. Raises NotFound `unknown_token`: it works no more, or its owner may not log in;
    Unavailable."""
    id_ = await services.vault.one_time.whose(purpose, token)
    found = await _owner(services, id_) if id_ is not None else None
    if found is None:
        raise unknown_token()
    return found


def unknown_token() -> NotFound:
    return NotFound("unknown_token", "the link works no more: it works once, for an hour, and the newest one only")


async def locale_of(services: Services, owner: Owner) -> str:
    """BCP 47. Of their first company."""
    async with services.reads.system() as conn:
        for each in owner.memberships:
            found = await company(conn, each.company_id)
            if found is not None:
                return found.locale
    return HOLDINGS_LOCALE


async def _owner(services: Services, id_: str) -> Owner | None:
    async with services.reads.system() as conn:
        found, belongs = await user(conn, id_), await memberships(conn, id_)
    if found is None or found.registered_at is None or found.disabled or found.erased:
        return None
    return Owner(found, belongs)
