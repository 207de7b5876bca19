"""What a company sells."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.access.matrix import Role
from domain.kernel.errors import Forbidden, Refused
from domain.kernel.ids import derived
from domain.kernel.money import MAX_AMOUNT
from domain.service import events as e
from domain.service.aggregate import Service, Services
from domain.service.policies import MAX_SERVICES
from tests.domain import spec
from tests.domain.selling import PARTNERS, SALES, add_service, change_service, retire_service
from tests.domain.spec import COMPANY, World, the
from tests.domain.staff import acting


def test_a_service_is_added_changed_and_retired() -> None:
    told = spec.given().when(add_service(name=" Course "))
    added = the(e.ServiceAdded, told.then(e.ServiceAdded))
    assert (added.name, added.price, added.currency) == ("Course", 9900, "BRL")
    told.when(change_service(name="Course ")).refused("service_unchanged")
    told.when(change_service(price=0)).then(e.ServiceChanged)
    told.when(change_service(currency="JPY")).then(e.ServiceChanged)
    told.when(add_service()).refused("service_exists")
    told.when(retire_service()).then(e.ServiceRetired)
    for step in (change_service(), retire_service()):
        told.when(step).refused("unknown_service")
    told.when(add_service()).refused("service_exists")


@pytest.mark.parametrize(
    ("changed", "code", "at"),
    [
        ({"name": ""}, "invalid_name", "name"),
        ({"name": "x" * 201}, "invalid_name", "name"),
        ({"price": -1}, "invalid_price", "price"),
        ({"price": MAX_AMOUNT + 1}, "invalid_price", "price"),
        ({"currency": "XXX"}, "unknown_currency", "currency"),
        ({"currency": "brl"}, "unknown_currency", "currency"),
        ({"currency": "DEM"}, "unknown_currency", "currency"),
    ],
)
def test_what_is_no_service_is_refused_by_its_field(changed: dict[str, Any], code: str, at: str) -> None:
    for past, step in (((), add_service(**changed)), ((add_service(),), change_service(**changed))):
        with pytest.raises(Refused) as refused:
            spec.given(*past).world.take(step)
        assert (refused.value.code, refused.value.detail) == (code, at)


def test_the_most_that_a_service_may_cost() -> None:
    spec.given().when(add_service(price=MAX_AMOUNT)).then(e.ServiceAdded)


def test_a_name_is_one_services_and_free_again_when_it_is_retired() -> None:
    told = spec.given(add_service())
    told.when(add_service(PARTNERS, " cOURSE")).refused("name_taken")
    told.when(add_service(PARTNERS, "Book")).then(e.ServiceAdded)
    told.when(change_service(PARTNERS, "COURSE")).refused("name_taken")
    told.when(retire_service()).then(e.ServiceRetired)
    told.when(change_service(PARTNERS, "COURSE")).then(e.ServiceChanged)


def test_a_companys_services_are_bounded() -> None:
    told = spec.given()
    services = told.world.stream(Services, COMPANY)
    services.services = {derived("service", n): Service(f"S{n}", 0, "BRL") for n in range(MAX_SERVICES)}
    told.when(add_service()).refused("too_many_services")


def test_services_are_for_who_leads_the_company() -> None:
    world = spec.given(add_service()).world
    for role in (Role.MANAGER, Role.SDR, Role.VIEWER, Role.AUDITOR):
        world.actor = acting(role)
        with pytest.raises(Forbidden):
            world.take(retire_service())
    world.actor = acting(Role.COMPANY_ADMIN)
    world.take(retire_service())


SERVICE, NAME = st.sampled_from((SALES, PARTNERS, derived("third"))), st.sampled_from(("A", "a", "B "))
STEPS = st.one_of(
    st.builds(add_service, SERVICE, NAME),
    st.builds(change_service, SERVICE, NAME, st.integers(-1, 2)),
    st.builds(retire_service, SERVICE),
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None)
@given(st.lists(STEPS, max_size=30))
def test_any_life_keeps_names_unique(steps: list[Any]) -> None:
    world = World()
    for step in steps:
        try:
            world.take(step)
        except Refused:
            continue
        services = world.stream(Services, COMPANY)
        names = [each.name.casefold() for each in services.services.values()]
        assert len(names) == len(set(names))
        assert not services.services.keys() & services.retired
    assert world.replayed(f"services-{COMPANY}") == world.stream(Services, COMPANY)
