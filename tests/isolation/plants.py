"""Faults that the matrix has to find: each takes away one thing that keeps companies or people apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

import pytest

from api import auth
from api.access import Access, Rights
from api.auth import Caller
from api.machines import Machines
from api.routes import conversations as conversation_routes
from api.services import Services
from api.tokens import Claims
from domain.access import commands as ac
from domain.access.aggregate import CustomRole
from domain.access.sight import WHOLE, Scope, Sight
from domain.kernel.actor import Actor, ActorKind, Permission
from domain.kernel.errors import Forbidden
from domain.kernel.journey import Journey
from domain.routing import ROUTES
from projections.pool import Connection
from projections.read import leads as lead_reads
from projections.read.people import memberships
from tests.isolation import entries
from tests.isolation.entry import Entry
from vault.accounts.api_key import ApiKey

Plant = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True, slots=True)
class Planted:
    """operation: where it shows. kind: of the fault that the report must have. bare: row level security is off, too."""

    says: str
    plant: Plant
    operation: str
    kind: str
    bare: bool = False


def forget_permission(patch: pytest.MonkeyPatch) -> None:
    checked = Actor.check

    def check(self: Actor, permission: Permission) -> None:
        if permission is not Permission.MEMBER_READ:
            checked(self, permission)

    patch.setattr(Actor, "check", check)


def forget_membership(patch: pytest.MonkeyPatch) -> None:
    async def actor(self: Access, claims: Claims, company: str) -> Actor:
        rights = await self.rights(claims, claims.company)
        return Actor(kind=ActorKind.USER, id=claims.user, session=claims.session, grant=rights.grant)

    patch.setattr(Access, "actor", actor)


def forget_company_in_query(patch: pytest.MonkeyPatch) -> None:
    of_company = lead_reads.lead

    async def lead(conn: Connection, company: str, lead_id: str) -> Any:
        row = await (await conn.execute("select company_id from core.leads where id = %s", (lead_id,))).fetchone()
        return await of_company(conn, row[0] if row else company, lead_id)

    patch.setattr(lead_reads, "lead", lead)


def forget_company_in_decision(patch: pytest.MonkeyPatch) -> None:
    route = ROUTES[ac.ChangeRole]

    def change_role(journey: Journey, command: ac.ChangeRole) -> None:
        role = journey.get(CustomRole, command.role)
        route.decide(journey, replace(command, company=role.company) if role.exists else command)

    patch.setitem(ROUTES, ac.ChangeRole, replace(route, decide=change_role))


def tell_that_it_is_there(patch: pytest.MonkeyPatch) -> None:
    asked = conversation_routes._conversation

    async def conversation(services: Services, caller: Caller, conversation_id: UUID) -> Any:
        async with services.reads.system() as conn:
            query = "select company_id from core.conversations where id = %s"
            row = await (await conn.execute(query, (str(conversation_id),))).fetchone()
        if row is not None and row[0] != caller.company:
            raise Forbidden()
        return await asked(services, caller, conversation_id)

    patch.setattr(conversation_routes, "_conversation", conversation)


def forget_whose_key(patch: pytest.MonkeyPatch) -> None:
    of_company = Machines.actor

    async def actor(self: Machines, key: ApiKey, company: str) -> Actor:
        return await of_company(self, replace(key, company=company), company)

    patch.setattr(Machines, "actor", actor)


def add_up_companies(patch: pytest.MonkeyPatch) -> None:
    of_company = Access.rights

    async def rights(self: Access, claims: Claims, company: str) -> Rights:
        found = await of_company(self, claims, company)
        async with self._reads.system() as conn:
            belongs = await memberships(conn, claims.user)
        others = [await of_company(self, claims, each.company_id) for each in belongs]
        return replace(found, grant=found.grant.union(*(each.grant for each in others)))

    patch.setattr(Access, "rights", rights)


def forget_sight(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(auth, "sight_of", lambda _actor: WHOLE)


def show_only_ones_own(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(auth, "sight_of", lambda actor: Sight(Scope.OWN, actor.id))


def call_in_vain(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(entries.ENTRIES, "POST /v1/centurions", Entry(body={}))


PLANTED: Final = (
    Planted(
        "a route forgets its permission",
        forget_permission,
        "GET /v1/companies/{company_id}/members",
        "grant",
    ),
    Planted("what one may in one's own company counts everywhere", forget_membership, "GET /v1/leads", "leak"),
    Planted(
        "a query forgets the company, and row level security is off",
        forget_company_in_query,
        "GET /v1/leads/{lead_id}",
        "leak",
        bare=True,
    ),
    Planted(
        "a decider forgets the company",
        forget_company_in_decision,
        "PUT /v1/companies/{company_id}/roles/{role_id}",
        "leak",
    ),
    Planted(
        "an answer tells that there is such a conversation",
        tell_that_it_is_there,
        "GET /v1/conversations/{conversation_id}",
        "leak",
    ),
    Planted("a key is good in every company", forget_whose_key, "GET /v1/conversations", "leak"),
    Planted(
        "what one may in any of one's companies counts in all",
        add_up_companies,
        "PUT /v1/companies/{company_id}/name",
        "grant",
    ),
    Planted("everybody sees every lead", forget_sight, "GET /v1/conversations/{conversation_id}/timeline", "leak"),
    Planted("nobody sees every lead", show_only_ones_own, "GET /v1/journeys/{journey}/state", "grant"),
    Planted("an entry whose call never gets through", call_in_vain, "POST /v1/centurions", "hollow"),
)
