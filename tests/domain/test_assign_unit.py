"""Whose a lead is."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from domain.access.matrix import Role
from domain.kernel.errors import Forbidden
from domain.lead import events as ld
from domain.lead.parts import AssignReason
from tests.domain.spec import Step, given, the
from tests.domain.staff import ANA, BIA, INSIDE, acting
from tests.domain.talk import assign_lead, close_journey, erase, lead, message


def test_a_lead_is_given_to_a_member_a_team_both_and_nobody() -> None:
    spec = given(message())
    for user, team in ((BIA, None), (BIA, INSIDE), (None, INSIDE), (ANA, INSIDE), (None, None)):
        event = the(ld.LeadAssigned, spec.when(assign_lead(user, team)).then(ld.LeadAssigned))
        assert (event.user, event.team, event.reason) == (user, team, AssignReason.DISTRIBUTION)
        spec.when(assign_lead(user, team, AssignReason.CORRECTION)).refused("assignment_unchanged")
        assert (lead(spec.world).assigned_user, lead(spec.world).assigned_team) == (user, team)


@pytest.mark.parametrize(
    ("past", "code"),
    [
        ((), "unknown_lead"),
        ((message(), close_journey()), "journey_closed"),
        ((message(), erase()), "lead_erased"),
    ],
)
def test_a_lead_that_does_not_go_on_is_nobodys_to_give(past: Sequence[Step], code: str) -> None:
    given(*past).when(assign_lead(BIA)).refused(code)


def test_who_is_nobodys_already_stays_so() -> None:
    given(message()).when(assign_lead()).refused("assignment_unchanged")


@pytest.mark.parametrize("role", [Role.SDR, Role.VIEWER, Role.AUDITOR])
def test_who_does_not_distribute_gives_nothing(role: Role) -> None:
    spec = given(message())
    spec.world.actor = acting(role)
    with pytest.raises(Forbidden):
        spec.world.take(assign_lead(BIA))


def test_a_manager_distributes() -> None:
    spec = given(message())
    spec.world.actor = acting(Role.MANAGER)
    spec.when(assign_lead(BIA)).then(ld.LeadAssigned)
