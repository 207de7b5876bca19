"""What a company's own roles may hold."""

from __future__ import annotations

from collections.abc import Iterable

from domain.access import commands as ac
from domain.access import events as a
from domain.access.aggregate import CustomRole
from domain.access.given import known_role
from domain.access.matrix import CUSTOM
from domain.holding.policies import name_fault
from domain.kernel.actor import Permission
from domain.kernel.errors import Refused
from domain.kernel.journey import Journey
from domain.people.members import Members


def define_role(journey: Journey, command: ac.DefineRole) -> None:
    """Refused: invalid_name, unknown_permission, not_for_companies, beyond_own_rights, role_exists."""
    permissions = _permissions(journey, command.name, command.permissions)
    role = journey.get(CustomRole, command.role)
    if role.exists:
        raise Refused("role_exists")
    journey.record(
        role,
        a.RoleDefined,
        role=command.role,
        company=command.company,
        name=command.name.strip(),
        permissions=permissions,
    )


def change_role(journey: Journey, command: ac.ChangeRole) -> None:
    """Nobody adds what they may not do themselves; taking away is free.

    Refused: unknown_role, invalid_name, unknown_permission, not_for_companies, beyond_own_rights, role_unchanged.
    """
    role = known_role(journey, command.role, command.company)
    permissions = _permissions(journey, command.name, command.permissions, had=role.permissions)
    if (command.name.strip(), permissions) == (role.name, role.permissions):
        raise Refused("role_unchanged")
    journey.record(
        role,
        a.RoleChanged,
        role=command.role,
        company=command.company,
        name=command.name.strip(),
        permissions=permissions,
        added=tuple(sorted(set(permissions) - set(role.permissions))),
        removed=tuple(sorted(set(role.permissions) - set(permissions))),
    )


def retire_role(journey: Journey, command: ac.RetireRole) -> None:
    """Refused: unknown_role, role_in_use."""
    role = known_role(journey, command.role, command.company)
    if command.role in journey.get(Members, command.company).roles.values():
        raise Refused("role_in_use")
    journey.record(role, a.RoleRetired, role=command.role, company=command.company)


def _permissions(journey: Journey, name: str, wanted: Iterable[str], had: Iterable[str] = ()) -> tuple[str, ...]:
    """Refused: invalid_name, unknown_permission, not_for_companies, beyond_own_rights."""
    if fault := name_fault(name):
        raise Refused(fault)
    try:
        permissions = frozenset(map(Permission, wanted))
    except ValueError:
        raise Refused("unknown_permission") from None
    if not permissions <= CUSTOM:
        raise Refused("not_for_companies")
    if not permissions - frozenset(map(Permission, had)) <= journey.context.actor.grant:
        raise Refused("beyond_own_rights")
    return tuple(sorted(permissions))
