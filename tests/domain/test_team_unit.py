"""A company's teams: names, seats, and who may give one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.access.matrix import Role
from domain.kernel.actor import Permission
from domain.kernel.errors import Forbidden, Refused
from domain.kernel.ids import derived
from domain.people import events as p
from domain.people.members import Members
from domain.team import events as t
from domain.team.aggregate import Team, Teams
from domain.team.policies import MAX_TEAMS
from tests.domain import spec
from tests.domain.spec import World, the
from tests.domain.staff import (
    ANA,
    BIA,
    COMPANY,
    FIELD,
    INSIDE,
    acting,
    create_team,
    give,
    member,
    remove,
    rename_team,
    retire_team,
    seat,
    unseat,
)
from tests.domain.test_settings_unit import COMPANY_NEW, create_company


def test_a_team_is_made_named_filled_and_retired() -> None:
    told = spec.given(COMPANY, *member()).when(create_team(name=" Inside "))
    assert the(t.TeamCreated, told.then(t.TeamCreated)).name == "Inside"
    told.when(rename_team("Inside sales")).then(t.TeamRenamed)
    told.when(seat()).then(t.TeamMemberAdded)
    told.when(seat()).refused("already_in_team")
    told.when(unseat()).then(t.TeamMemberRemoved)
    told.when(unseat()).refused("not_in_team")
    told.when(seat()).then(t.TeamMemberAdded)
    assert the(t.TeamRetired, told.when(retire_team()).then(t.TeamRetired)).members == (BIA,)
    for command in (rename_team("Again"), seat(), unseat(), retire_team()):
        told.when(command).refused("unknown_team")
    told.when(create_team()).refused("team_exists")


def test_a_name_is_one_teams_and_free_again_when_it_is_retired() -> None:
    told = spec.given(COMPANY, create_team(name="Inside"))
    told.when(create_team(FIELD, " inSIDE ")).refused("name_taken")
    told.when(create_team(FIELD, "Field")).then(t.TeamCreated)
    told.when(rename_team("INSIDE", FIELD)).refused("name_taken")
    told.when(rename_team("FIELD", FIELD)).then(t.TeamRenamed)
    told.when(rename_team("FIELD", FIELD)).refused("name_unchanged")
    told.when(retire_team()).then(t.TeamRetired)
    told.when(rename_team("Inside", FIELD)).then(t.TeamRenamed)


@pytest.mark.parametrize("name", ["", "  ", "x" * 201])
def test_a_name_says_something(name: str) -> None:
    spec.given(COMPANY).when(create_team(name=name)).refused("invalid_name")
    spec.given(COMPANY, create_team()).when(rename_team(name)).refused("invalid_name")


def test_a_team_is_its_companys() -> None:
    other = derived("another company")
    told = spec.given(COMPANY, create_company(company=other, slug="other"), *member(), create_team())
    for command in (rename_team("X", company=other), seat(company=other), retire_team(company=other)):
        told.when(command).refused("unknown_team")
    told.when(create_team(FIELD, "Inside", other)).then(t.TeamCreated)
    spec.given().when(create_team()).refused("unknown_company")


def test_only_a_member_has_a_seat() -> None:
    told = spec.given(COMPANY, *member(), create_team())
    told.when(seat(ANA)).refused("unknown_member")


def test_who_leaves_the_company_leaves_all_its_teams_in_the_same_commit() -> None:
    told = spec.given(COMPANY, *member(), create_team(), create_team(FIELD, "Field"), seat(), seat(team=FIELD))
    told.when(remove()).then(t.TeamMemberRemoved, t.TeamMemberRemoved, p.MemberRemoved)
    told.when(unseat()).refused("not_in_team")
    told = spec.given(COMPANY, *member(), create_team(), seat()).when(give(Role.VIEWER))
    told.then(p.MemberRoleChanged)  # another role is no other person: the seat stays


def test_a_seat_is_sight_so_only_who_sees_everything_gives_one() -> None:
    told = spec.given(COMPANY, *member(), create_team())
    told.world.actor = acting(Role.MANAGER, BIA)
    with pytest.raises(Forbidden):
        told.world.take(seat())
    told.world.actor = acting(Role.MANAGER, BIA, Permission.TEAM_MANAGE)  # as a company's own role may have it
    told.when(seat()).refused("beyond_own_rights")
    told.when(rename_team("Ours")).then(t.TeamRenamed)
    told.world.actor = acting(Role.COMPANY_ADMIN)
    told.when(seat()).then(t.TeamMemberAdded)


def test_a_companys_teams_are_bounded() -> None:
    told = spec.given(COMPANY)
    teams = told.world.stream(Teams, COMPANY_NEW)
    teams.teams = {derived("team", n): Team(f"T{n}") for n in range(MAX_TEAMS)}
    told.when(create_team()).refused("too_many_teams")


USERS = (ANA, BIA)
TEAMS = (INSIDE, FIELD, derived("third"))
NAMES = ("A", "a", "B ", "C")
USER, TEAM, NAME = st.sampled_from(USERS), st.sampled_from(TEAMS), st.sampled_from(NAMES)
STEPS = st.one_of(
    st.builds(create_team, TEAM, NAME),
    st.builds(rename_team, NAME, TEAM),
    st.builds(seat, USER, TEAM),
    st.builds(unseat, USER, TEAM),
    st.builds(retire_team, TEAM),
    st.builds(remove, USER),
    st.builds(lambda user: member(user)[0], USER),
    st.builds(lambda user: member(user)[1], USER),
)


def check_teams(world: World) -> None:
    """Names are unique, and nobody has a seat who is no member."""
    teams, members = world.stream(Teams, COMPANY_NEW), world.stream(Members, COMPANY_NEW)
    names = [team.name.casefold() for team in teams.teams.values()]
    assert len(names) == len(set(names))
    assert not teams.teams.keys() & teams.retired
    for team in teams.teams.values():
        assert team.members <= members.roles.keys()


def live(steps: list[Any]) -> None:
    world = World()
    for step in (COMPANY, *member(ANA), *member(BIA), create_team(), *steps):
        try:
            world.take(step)
        except Refused:
            continue
        check_teams(world)
    assert world.replayed(f"teams-{COMPANY_NEW}") == world.stream(Teams, COMPANY_NEW)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None)
@given(st.lists(STEPS, max_size=30))
def test_any_life_keeps_names_unique_and_seats_with_members(steps: list[Any]) -> None:
    live(steps)


def test_control_a_seat_that_outlives_its_member_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("domain.people.decide.leave_teams", lambda *_: None)
    with pytest.raises(AssertionError):
        live([seat(), remove()])
