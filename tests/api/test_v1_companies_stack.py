"""A company over the API: what it is called, what it sets, its gate and its end."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests.api.world import World

pytestmark = pytest.mark.stack

SETTINGS: dict[str, Any] = {
    "timezone": "Europe/Lisbon",
    "locale": "pt-PT",
    "currency": "EUR",
    "hours": [{"weekday": 0, "opens": 540, "closes": 1080}],
    "brand": {"color": "#ff8800"},
}


async def change(world: World, method: str, path: str, body: Any = None, **headers: str) -> Any:
    return await world.http.request(method, f"/v1/companies/{path}", json=body, headers=headers)


async def after(world: World, company: str, *changes: tuple[str, str, Any]) -> dict[str, Any]:
    """The company as it reads right after these (method, path, body)."""
    headers: dict[str, str] = {}
    for method, path, body in changes:
        written = await change(world, method, f"{company}/{path}", body)
        assert written.status_code == 200, written.text
        headers = {"x-legion-position": written.headers["x-legion-position"]}
    found: dict[str, Any] = (await world.http.get(f"/v1/companies/{company}", headers=headers)).json()
    return found


async def test_a_company_is_changed_and_read_as_it_is_now(world: World) -> None:
    company, slug = await world.company(), f"s{uuid4().hex[:12]}"
    changes = (("PUT", "name", {"name": "Acme Ltda"}), ("PUT", "slug", {"slug": slug}), ("PUT", "settings", SETTINGS))
    found = await after(world, company, *changes)
    brand = {"color": "#ff8800", "logo": ""}
    assert {name: found[name] for name in SETTINGS} == SETTINGS | {"brand": brand}
    assert (found["name"], found["slug"], found["archived"]) == ("Acme Ltda", slug, False)


async def test_a_short_name_that_a_company_left_is_nobody_elses(world: World) -> None:
    company, other = await world.company(), await world.company()
    before = (await world.http.get(f"/v1/companies/{company}")).json()["slug"]
    assert (await change(world, "PUT", f"{company}/slug", {"slug": f"s{uuid4().hex[:12]}"})).status_code == 200
    taken = await change(world, "PUT", f"{other}/slug", {"slug": before})
    assert (taken.status_code, taken.json()["code"]) == (409, "slug_taken")


async def test_the_gate_closes_and_opens_and_only_behind_it_is_the_archive(world: World) -> None:
    company = await world.company()
    early = await change(world, "PUT", f"{company}/archive", {"reason": "sold"})
    assert (early.status_code, early.json()["code"]) == (409, "not_suspended")
    found = await after(
        world,
        company,
        ("PUT", "suspension", {"reason": "unpaid"}),
        ("DELETE", "suspension", None),
        ("PUT", "suspension", {"reason": "unpaid again"}),
        ("PUT", "archive", {"reason": "sold"}),
    )
    assert (found["suspended"], found["archived"]) == (True, True)
    late = await change(world, "DELETE", f"{company}/suspension")
    assert (late.status_code, late.json()["code"]) == (409, "company_archived")


async def test_one_key_is_one_change_and_on_another_route_another(world: World) -> None:
    company, key = await world.company(), {"idempotency-key": "once"}
    first, again = [await change(world, "PUT", f"{company}/name", {"name": "New"}, **key) for _ in range(2)]
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    other = await change(world, "PUT", f"{company}/suspension", {"reason": "unpaid"}, **key)
    assert other.json()["command_id"] != first.json()["command_id"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("name", {"name": ""}),
        ("name", {"name": "x", "surprise": 1}),
        ("slug", {"slug": "x"}),
        ("settings", SETTINGS | {"currency": "euro"}),
        ("settings", SETTINGS | {"hours": [{"weekday": 7, "opens": 0, "closes": 1}]}),
        ("settings", SETTINGS | {"brand": {"color": "red"}}),
        ("suspension", {}),
        ("archive", {"reason": ""}),
    ],
)
async def test_a_wrong_shape_is_422_and_names_the_field(world: World, path: str, body: dict[str, Any]) -> None:
    answer = await change(world, "PUT", f"{await world.company()}/{path}", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


async def test_what_only_the_domain_sees_is_refused_with_its_code_and_an_unknown_company_is_404(world: World) -> None:
    company = await world.company()
    hours = [{"weekday": 0, "opens": 600, "closes": 700}, {"weekday": 0, "opens": 650, "closes": 800}]
    overlapping = await change(world, "PUT", f"{company}/settings", SETTINGS | {"hours": hours})
    assert (overlapping.status_code, overlapping.json()["code"]) == (409, "invalid_hours")
    nobody = await change(world, "PUT", f"{uuid4()}/name", {"name": "New"})
    assert (nobody.status_code, nobody.json()["code"]) == (404, "tenant_not_found")
