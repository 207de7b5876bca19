"""Which role a member may be given: one that there is, by who may do all of it."""

from __future__ import annotations

from domain.access.aggregate import CustomRole
from domain.access.matrix import COMPANY_ROLES, GRANTS, HOLDING_ROLES, Role
from domain.kernel.actor import Permission
from domain.kernel.errors import Refused
from domain.kernel.ids import HOLDING_TENANT
from domain.kernel.journey import Journey


def is_built_in(role: str) -> bool:
    return role in Role.__members__.values()


def check_given(journey: Journey, role: str, company: str) -> None:
    """By this actor, whose grant is that of the company: nobody gives what they may not do themselves, and a role of
    the holding reaches further than any company's. Refused: unknown_role, beyond_own_rights."""
    grant = journey.context.actor.grant
    if not permissions_of(journey, role, company) <= grant:
        raise Refused("beyond_own_rights")
    if company == HOLDING_TENANT and Permission.HOLDING_MANAGE not in grant:
        raise Refused("beyond_own_rights")


def permissions_of(journey: Journey, role: str, company: str) -> frozenset[Permission]:
    """What a role that may be given there allows. Refused: unknown_role."""
    if not is_built_in(role):
        return frozenset(map(Permission, known_role(journey, role, company).permissions))
    if Role(role) not in (HOLDING_ROLES if company == HOLDING_TENANT else COMPANY_ROLES):
        raise Refused("unknown_role")
    return GRANTS[Role(role)]


def known_role(journey: Journey, role_id: str, company: str) -> CustomRole:
    """Refused: unknown_role, also for another company's and a retired one."""
    role = journey.get(CustomRole, role_id)
    if role.company != company or role.retired:
        raise Refused("unknown_role")
    return role
