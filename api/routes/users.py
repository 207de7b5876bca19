"""All people of the holding, for who runs it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from api.accounts.taking import disable
from api.auth import Caller, CallerDep, allowed
from api.bodies import Strict
from api.etags import TAGGED, TagsDep
from api.reading import Fresh
from api.services import Services, ServicesDep
from api.submit import IdempotencyKey, Written, answer, command_id, written
from api.watch import ReadingDep
from domain.kernel.actor import Permission
from domain.kernel.command import Command
from domain.kernel.errors import NotFound
from domain.kernel.ids import HOLDING, HOLDING_TENANT
from domain.people.commands import DisableUser, EnableUser, EraseUser
from projections.read.people import Membership, User, email_hash_of, memberships, user, users

router = APIRouter(prefix="/v1/users", tags=["people"], dependencies=[Fresh])


class UserPage(BaseModel):
    """next: of the page after this one; None on the last."""

    items: tuple[User, ...]
    next: str | None


class UserDetail(BaseModel):
    user: User
    companies: tuple[Membership, ...]


class Reason(Strict):
    reason: str = Field(min_length=1, max_length=500)


@router.get("", **allowed(Permission.USER_MANAGE))
async def list_users(
    services: ServicesDep,
    reading: ReadingDep,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[UUID | None, Query(description="`next` of the page before")] = None,
) -> UserPage:
    """By id."""
    async with services.reads.system() as conn:
        found = await users(conn, after=str(after or ""), limit=limit + 1)
    more = len(found) > limit
    reading.of("user", *(person.id for person in found[:limit]))
    return UserPage(items=found[:limit], next=found[limit - 1].id if more else None)


@router.get("/{user_id}", **TAGGED, **allowed(Permission.USER_MANAGE))
async def get_user(user_id: UUID, services: ServicesDep, reading: ReadingDep, tags: TagsDep) -> UserDetail:
    """404 `user_not_found`. The ETag is the user's own, without what they are in companies."""
    version = await tags.version(f"user-{user_id}")
    async with services.reads.system() as conn:
        found = await user(conn, str(user_id))
        belongs = await memberships(conn, str(user_id))
    if found is None:
        raise NotFound("user_not_found")
    reading.of("user", found.id)
    tags.show(version, whole=False)
    return UserDetail(user=found, companies=belongs)


@router.put("/{user_id}/disabled", **written(Written), **allowed(Permission.USER_MANAGE))
async def disable_user(
    user_id: UUID, body: Reason, services: ServicesDep, caller: CallerDep, idempotency_key: IdempotencyKey = None
) -> Response:
    """Everywhere and at once. 409 `already_disabled`, `is_super_admin`; 404 `unknown_user`."""
    id_ = command_id(caller, f"users:{user_id}:disable", idempotency_key)
    outcome = await disable(services, caller, DisableUser(user=str(user_id), reason=body.reason), id_)
    return answer(Written, HOLDING, id_, outcome)


@router.delete("/{user_id}/disabled", **written(Written), **allowed(Permission.USER_MANAGE))
async def enable_user(
    user_id: UUID, services: ServicesDep, caller: CallerDep, idempotency_key: IdempotencyKey = None
) -> Response:
    """May log in again. 409 `not_disabled`."""
    id_ = command_id(caller, f"users:{user_id}:enable", idempotency_key)
    return await _written(services, caller, EnableUser(user=str(user_id)), id_)


@router.put("/{user_id}/erasure", **written(Written), **allowed(Permission.USER_MANAGE))
async def erase_user(
    user_id: UUID, body: Reason, services: ServicesDep, caller: CallerDep, idempotency_key: IdempotencyKey = None
) -> Response:
    """Name, address and login are forgotten, for good; of who is disabled. 409 `not_disabled`, `user_erased`."""
    async with services.reads.system() as conn:
        email_hash = await email_hash_of(conn, str(user_id))
    command = EraseUser(user=str(user_id), email_hash=email_hash, reason=body.reason)
    id_ = command_id(caller, f"users:{user_id}:erase", idempotency_key)
    return await _written(services, caller, command, id_)


async def _written(services: Services, caller: Caller, command: Command, id_: str) -> Response:
    outcome = await services.commander.run(caller, tenant=HOLDING_TENANT, journey=HOLDING, id_=id_, command=command)
    return answer(Written, HOLDING, id_, outcome)
