"""Who waits longer than a call may: 202 with a place to ask, and reading one's own writes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from embedded.postgres import PostgresConfig
from tests.api.test_v1_writes_stack import CENTURION
from tests.api.world import World, make_settings, open_world, until

pytestmark = pytest.mark.stack

WAIT_MS = 1_500
"""All of these wait in vain."""


@pytest.fixture(scope="module")
async def world(kafka: str, own_postgres: PostgresConfig) -> AsyncIterator[World]:
    async with open_world(make_settings(kafka, own_postgres, command_wait_ms=WAIT_MS)) as opened:
        yield opened


async def test_with_the_writer_away_a_write_is_202_and_is_decided_when_it_is_back(world: World) -> None:
    await world.writer.stop()
    body = {"slug": f"s{uuid4().hex[:12]}", "name": "x"}
    key = {"idempotency-key": str(uuid4())}
    pending = await world.http.post("/v1/companies", json=body, headers=key)
    assert (pending.status_code, pending.json()["status"]) == (202, "pending")
    url = pending.json()["status_url"]
    assert pending.headers["location"] == url
    assert (await world.http.get(url)).status_code == 202
    world.writer.start()

    async def decided() -> bool:
        return (await world.http.get(url)).status_code == 200

    await until("the outcome", decided)
    assert (await world.http.get(url)).json()["status"] == "accepted"
    again = await world.http.post("/v1/companies", json=body, headers=key)
    assert again.json()["command_id"] == pending.json()["command_id"]
    assert again.json()["company"] == pending.json()["company"]


async def test_a_read_waits_for_a_position_and_is_503_when_it_does_not_come(world: World) -> None:
    late = await world.http.get("/v1/companies", headers={"x-legion-position": "0:999999999"})
    assert (late.status_code, late.json()["code"]) == (503, "position_not_reached")
    assert late.headers["retry-after"] == "1"
    wrong = await world.http.get("/v1/companies", headers={"x-legion-position": "99:1"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "position_invalid")


async def test_a_read_that_waits_sees_the_write_as_soon_as_it_is_projected(world: World) -> None:
    company = await world.company()
    await world.projector.stop()
    headers = {**world.tenant(company), "idempotency-key": "k"}
    pending = await world.http.post("/v1/centurions", json=CENTURION, headers=headers)
    assert pending.status_code == 202  # decided, but nobody can read it: not answered as done
    world.projector.start()

    async def known() -> bool:
        return (await world.http.get(pending.json()["status_url"])).status_code == 200

    await until("the outcome", known)
    position = (await world.http.get(pending.json()["status_url"])).json()["position"]
    seen = await world.http.get("/v1/centurions", headers={**world.tenant(company), "x-legion-position": position})
    assert [one["id"] for one in seen.json()] == [pending.json()["centurion"]]
