"""The user who calls, and what is sealed for one."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from api.auth import CallerDep
from api.services import ServicesDep
from api.tokens import Claims
from domain.kernel.errors import Forbidden, NotFound
from domain.kernel.ids import HOLDING_TENANT, user_subject
from projections.read.people import User, user
from vault.codec import SubjectSealer
from vault.keys import SubjectKeys


async def _claims(caller: CallerDep) -> Claims:
    if caller.claims is None:
        raise Forbidden("not_a_user", "neither a machine nor the bootstrap token is somebody's account")
    return caller.claims


ClaimsDep = Annotated[Claims, Depends(_claims)]
"""Who calls is a user: id and session."""


async def _person(claims: ClaimsDep, services: ServicesDep) -> User:
    async with services.reads.system() as conn:
        found = await user(conn, claims.user)
    if found is None:
        raise NotFound("user_not_found")
    return found


PersonDep = Annotated[User, Depends(_person)]
"""The user who calls, as the read model has them."""


async def sealer_of(keys: SubjectKeys, user_id: str) -> SubjectSealer:
    """Raises SubjectErased, Unavailable."""
    return await keys.sealer(HOLDING_TENANT, user_subject(user_id))
