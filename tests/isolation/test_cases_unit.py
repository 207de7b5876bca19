"""The matrix is whole: no route without an entry, no id that is not tried, nobody left out. And the generator sees it
when it is not."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from typing import Any

import pytest

from api.app import document
from domain.access.grant import READING
from domain.access.matrix import GRANTS, MACHINES, Role
from domain.kernel.actor import Permission
from tests.isolation.cases import (
    OF_LEAD,
    Case,
    Verdict,
    foreign_cases,
    is_theirs,
    own_cases,
    sight_cases,
    superfluous,
    untested,
)
from tests.isolation.cast import CAST, KEY_SCOPES, Actor
from tests.isolation.entries import ENTRIES, variants
from tests.isolation.entry import Of, Position, positions, values_of
from tests.isolation.estate import KINDS
from tests.isolation.operations import Operation, operations

ACTORS = {each.name: each for each in CAST}
SOME_ID = {"schema": {"type": "string", "format": "uuid"}}


@cache
def all_operations() -> dict[str, Operation]:
    return {each.name: each for each in operations(document())}


def changed(path: str, method: str, **operation: Any) -> tuple[Operation, ...]:
    """As if the API had this operation, too."""
    other = deepcopy(document())
    other["paths"].setdefault(path, {})[method] = {"tags": ["x"], "x-permission": "lead:read"} | operation
    return operations(other)


def own(name: str, actor: str, *, company: bool = False) -> Case:
    return Case(all_operations()[name], variants(name)[0], ACTORS[actor], company=company)


def test_every_operation_has_an_entry_and_every_entry_an_operation() -> None:
    assert untested(all_operations().values()) == []
    assert superfluous(all_operations().values()) == set()


def test_a_route_that_nobody_thought_of_is_found() -> None:
    """The control."""
    assert untested(changed("/v1/novelties", "get")) == ["GET /v1/novelties"]
    with pytest.raises(KeyError, match="x-permission"):
        operations({"paths": {"/v1/novelties": {"get": {"tags": ["x"]}}}})
    assert superfluous(all_operations().values(), {**ENTRIES, "GET /v1/gone": ()}) == {"GET /v1/gone"}


def test_an_id_that_no_entry_names_is_found() -> None:
    """The control: in the query, and deep in the body."""
    parameter = {"in": "query", "name": "team", **SOME_ID}
    assert untested(changed("/v1/leads", "get", parameters=[parameter])) == ["GET /v1/leads: query team"]
    inner = {"anyOf": [{"type": "null"}, {"type": "array", "items": SOME_ID["schema"]}]}
    content = {"application/json": {"schema": {"properties": {"team": {"properties": {"users": inner}}}}}}
    found = untested(changed("/v1/companies", "post", requestBody={"content": content}))
    assert found == ["POST /v1/companies: body team.users.0"]


def test_every_resource_that_an_entry_names_can_be_made() -> None:
    for name in ENTRIES:
        for entry in variants(name):
            named = {value.kind for value in values_of(entry) if isinstance(value, Of)} | {*entry.uses.values()}
            named |= {each.kind for each in positions(all_operations()[name], entry)}
            assert named <= set(KINDS), name


def test_everybody_calls_every_guarded_operation_and_tries_every_id() -> None:
    called = {(case.operation.name, case.actor.name) for case in own_cases(all_operations().values(), CAST)}
    guarded = [each for each in all_operations().values() if each.permission is not None]
    assert called >= {(each.name, actor.name) for each in guarded for actor in CAST}
    tried = {
        (case.operation.name, case.actor.name, case.position) for case in foreign_cases(all_operations().values(), CAST)
    }
    for operation in guarded:
        for entry in variants(operation.name):
            for position in positions(operation, entry):
                for actor in CAST:
                    left_out = actor.stranger or is_theirs(Case(operation, entry, actor, position))
                    assert left_out or (operation.name, actor.name, position) in tried
    assert {position.place for _, _, position in tried if position} == {"path", "query", "header", "body"}


@pytest.mark.parametrize("role", Role)
def test_a_role_may_what_is_granted_to_it_and_in_the_holding_everywhere(role: Role) -> None:
    for permission in set.union(*map(set, GRANTS.values())):
        granted = permission in GRANTS[role]
        in_company, in_holding = Actor(name="", role=role), Actor(name="", holding=role)
        assert in_company.may(permission, in_company=True) is granted
        assert in_company.may(permission, in_company=False) is False
        assert in_holding.may(permission, in_company=False) is granted


@pytest.mark.parametrize(
    ("name", "actor", "verdict"),
    [
        ("GET /v1/leads", "viewer", Verdict.ALLOWED),
        ("GET /v1/leads", "own role", Verdict.ALLOWED),
        ("GET /v1/leads", "stranger", Verdict.FORBIDDEN),
        ("GET /v1/leads", "member of none", Verdict.FORBIDDEN),
        ("GET /v1/leads", "disabled", Verdict.UNKNOWN),
        ("GET /v1/leads", "malformed token", Verdict.UNKNOWN),
        ("GET /v1/leads", "bootstrap", Verdict.ALLOWED),
        ("GET /v1/conversations", "own role", Verdict.FORBIDDEN),
        ("PUT /v1/companies/{company_id}/name", "sdr", Verdict.FORBIDDEN),
        ("PUT /v1/companies/{company_id}/slug", "company_admin", Verdict.FORBIDDEN),
        ("PUT /v1/companies/{company_id}/slug", "holding backoffice_admin", Verdict.ALLOWED),
        ("GET /v1/users", "holding auditor", Verdict.FORBIDDEN),
        ("GET /v1/me", "stranger", Verdict.ALLOWED),
        ("GET /v1/me", "bootstrap", Verdict.FORBIDDEN),
        ("PUT /v1/me/company", "member of none", Verdict.FORBIDDEN),
        ("GET /v1/leads", "member of both", Verdict.ALLOWED),
        ("PUT /v1/me/company", "member of both", Verdict.ALLOWED),
        ("PUT /v1/companies/{company_id}/name", "member of both", Verdict.FORBIDDEN),
        ("PUT /v1/companies/{company_id}/name", "member of both, admin here", Verdict.ALLOWED),
        ("GET /v1/leads", "key", Verdict.ALLOWED),
        ("GET /v1/leads", "test key", Verdict.ALLOWED),
        ("GET /v1/leads", "stranger's key", Verdict.FORBIDDEN),
        ("POST /v1/centurions", "key", Verdict.ALLOWED),
        ("POST /v1/centurions", "test key", Verdict.FORBIDDEN),
        ("GET /v1/instances", "key", Verdict.FORBIDDEN),
        ("GET /v1/users", "key", Verdict.FORBIDDEN),
        ("GET /v1/me", "key", Verdict.FORBIDDEN),
        ("GET /v1/companies", "stranger's key", Verdict.ALLOWED),
        ("POST /v1/auth/login", "no token", Verdict.ALLOWED),
    ],
)
def test_the_verdict_is_the_matrix(name: str, actor: str, verdict: Verdict) -> None:
    assert own(name, actor).verdict is verdict


@pytest.mark.parametrize(("name", "actor"), [("GET /v1/me", "stranger"), ("GET /v1/companies", "stranger's key")])
def test_what_is_open_to_a_stranger_is_not_when_they_name_the_company(name: str, actor: str) -> None:
    assert own(name, actor, company=True).verdict is Verdict.FORBIDDEN


@pytest.mark.parametrize("scope", KEY_SCOPES)
def test_a_key_may_what_its_scopes_say_and_a_test_key_what_reads_of_it(scope: Permission) -> None:
    assert scope in MACHINES
    for name, counts in (("key", True), ("test key", scope in READING)):
        assert ACTORS[name].may(scope, in_company=True) is counts
        assert ACTORS[name].may(scope, in_company=False) is False


def test_only_who_knows_both_companies_may_name_another_and_none_beside_the_paths() -> None:
    leads, settings = "GET /v1/leads", "PUT /v1/companies/{company_id}/settings"
    header = Position("header", "x-tenant-id", "company")
    for name, actor, theirs in (
        (leads, "holding auditor", True),
        (leads, "member of both", True),
        (leads, "company_admin", False),
        (leads, "key", False),
        (settings, "holding super_admin", False),
        (settings, "member of both, admin here", False),
    ):
        assert is_theirs(Case(all_operations()[name], variants(name)[0], ACTORS[actor], header)) is theirs
    lead = Position("path", "lead_id", "lead")
    name = "GET /v1/leads/{lead_id}"
    for actor in ("holding super_admin", "member of both, admin here"):
        assert not is_theirs(Case(all_operations()[name], variants(name)[0], ACTORS[actor], lead))


def test_a_lead_is_hidden_from_who_sees_their_own_or_their_teams() -> None:
    blind = {each.name for each in CAST if each.belongs and not each.sees_all_leads}
    assert blind == {"manager", "sdr", "own role", "member of both"}


def test_a_hidden_leads_ids_are_tried_wherever_one_of_them_stands() -> None:
    cases = list(sight_cases(all_operations().values(), CAST))
    called = [case.entry for case in cases if not case.actor.sees_all_leads]
    for name, operation in all_operations().items():
        for entry in variants(name):
            named = {each.kind for each in positions(operation, entry)} & OF_LEAD
            assert not named or any(each is entry for each in called), name
    assert not any(case.may_succeed for case in cases)
    assert {case.actor.name for case in cases} == {each.name for each in CAST if each.belongs}


def test_who_sees_a_hidden_lead_only_looks_at_it() -> None:
    seen = {
        (case.operation.method, case.operation.path.split("/")[2])
        for case in sight_cases(all_operations().values(), CAST)
        if case.actor.sees_all_leads
    }
    looked_at = ("leads", "conversations", "deals", "contracts", "journeys")
    assert seen == {("GET", each) for each in looked_at}


def test_a_member_of_both_goes_to_the_other_company_and_nobody_else_does() -> None:
    name, there = "PUT /v1/me/company", Position("body", "company", "company")
    theirs = {each.name for each in CAST if is_theirs(Case(all_operations()[name], variants(name)[0], each, there))}
    assert theirs == {"member of both", "member of both, admin here"}
