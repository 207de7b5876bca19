"""The permission matrix, and the roles that companies make for themselves."""

from __future__ import annotations

import itertools

import pytest

from domain.access import events as a
from domain.access.matrix import COMPANY_ROLES, CUSTOM, EVERYBODY, GRANTS, HOLDING_ROLES, MATRIX, PEOPLE, Role
from domain.commands import COMMANDS
from domain.kernel.actor import NORMALISER, RUNNER, WATCH, Permission
from domain.kernel.ids import derived
from tests.domain.spec import given, the
from tests.domain.staff import COMPANY, OWN_ROLE, RETIRE, acting, change_role, define_role, member

INVITED = frozenset({Permission.INVITATION_ACCEPT})
"""Of who holds an invitation's token."""


def test_every_permission_is_somebodys_and_every_role_may_be_given() -> None:
    of_machines = INVITED | NORMALISER.grant | RUNNER.grant | WATCH.grant
    assert PEOPLE | EVERYBODY | of_machines == frozenset(Permission)
    assert not PEOPLE & (EVERYBODY | of_machines)
    assert all(MATRIX.values())
    assert frozenset(Role) == HOLDING_ROLES | COMPANY_ROLES
    assert GRANTS[Role.SUPER_ADMIN] == PEOPLE


SIGHT = {Permission.LEAD_READ_TEAM, Permission.LEAD_READ_ALL}


def test_a_role_that_leads_may_do_what_those_below_it_may() -> None:
    """But for how far they see: who only looks on looks on everything."""
    order = (Role.VIEWER, Role.SDR, Role.MANAGER, Role.COMPANY_ADMIN, Role.SUPER_ADMIN)
    for below, above in itertools.pairwise(order):
        assert GRANTS[below] - SIGHT < GRANTS[above], (below, above)
    assert all(GRANTS[role] <= GRANTS[Role.COMPANY_ADMIN] for role in COMPANY_ROLES), "or they could not give it"


def test_who_reads_changes_nothing() -> None:
    writes = {command.PERMISSION for command in COMMANDS.values()} - EVERYBODY
    for role in (Role.VIEWER, Role.AUDITOR):
        assert not GRANTS[role] & writes, role


def test_what_reaches_beyond_a_company_is_no_companys_to_give() -> None:
    beyond = PEOPLE - CUSTOM
    for role in COMPANY_ROLES:
        assert not GRANTS[role] & beyond, role


def test_a_role_is_defined_changed_and_retired() -> None:
    spec = given(COMPANY).when(define_role("lead:read", "conversation:read", "lead:read", name=" Reader "))
    defined = the(a.RoleDefined, spec.then(a.RoleDefined))
    assert (defined.name, defined.permissions) == ("Reader", ("conversation:read", "lead:read"))
    spec.when(define_role()).refused("role_exists")
    spec.when(change_role()).refused("role_unchanged")
    changed = the(a.RoleChanged, spec.when(change_role("lead:read", "lead:manage")).then(a.RoleChanged))
    assert (changed.added, changed.removed) == (("lead:manage",), ("conversation:read",))
    spec.when(RETIRE).then(a.RoleRetired)
    spec.when(RETIRE).refused("unknown_role")
    spec.when(change_role()).refused("unknown_role")


def test_a_role_that_somebody_has_is_not_retired() -> None:
    spec = given(COMPANY, define_role(), *member(role=OWN_ROLE)).when(RETIRE)
    spec.refused("role_in_use")


@pytest.mark.parametrize(
    ("permissions", "name", "code"),
    [
        (("lead:read",), " ", "invalid_name"),
        (("lead:read",), "x" * 201, "invalid_name"),
        (("lead:fly",), "Pilot", "unknown_permission"),
        (("company:manage",), "Boss", "not_for_companies"),
        (("conversation:receive",), "Provider", "not_for_companies"),
        (("lead:erase",), "Eraser", "beyond_own_rights"),
    ],
)
def test_a_role_holds_only_what_its_maker_may_do(permissions: tuple[str, ...], name: str, code: str) -> None:
    spec = given(COMPANY)
    spec.world.actor = acting(Role.MANAGER, derived("ana"), Permission.ROLE_MANAGE)
    spec.when(define_role(*permissions, name=name)).refused(code)


def test_who_changes_a_role_may_keep_in_it_what_they_may_not_do_and_add_nothing() -> None:
    spec = given(COMPANY, define_role("lead:erase", "lead:read"))
    spec.world.actor = acting(Role.MANAGER, derived("ana"), Permission.ROLE_MANAGE)
    spec.when(change_role("lead:erase")).then(a.RoleChanged)
    spec.when(change_role("lead:erase", "instance:manage")).refused("beyond_own_rights")


def test_a_role_is_its_companys() -> None:
    spec = given(COMPANY, define_role())
    spec.when(change_role("lead:read", company=derived("another"))).refused("unknown_role")
