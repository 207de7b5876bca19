"""Whatever comes, the API answers what its OpenAPI document says: no 5xx, no status, header or body of another kind. A
few requests here; many in `make fuzz`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from fastapi import HTTPException

from api.routes import roles
from tests.api.people import join, super_admin
from tests.api.world import World
from tests.fuzz.schemathesis import LEFT_OUT, Fuzzed, fuzz
from tests.isolation.entries import ENTRIES
from tests.isolation.estate import Estate, furnished

pytestmark = pytest.mark.stack

ALL_PHASES = "examples,coverage,fuzzing"
LIST_ROLES = "GET /v1/companies/{company_id}/roles"


@pytest.fixture(scope="module")
async def estate(world: World) -> Estate:
    return await furnished(world)


async def token_of(estate: Estate, who: str) -> str:
    """One that nothing else is done with."""
    company = estate.ids["company"]
    person = await (super_admin(estate.world) if who == "super_admin" else join(estate.world, company, who))
    return person.token


async def fuzzed(estate: Estate, who: str, folder: Path, **how: Any) -> Fuzzed:
    made = await fuzz(estate, await token_of(estate, who), folder, **how)
    sys.stdout.write(f"{who}: {made}\n")
    return made


@pytest.mark.timeout(900)  # half a minute on two free cores
@pytest.mark.parametrize("who", ["company_admin", "super_admin"])
async def test_a_few_requests_of_each_operation(estate: Estate, who: str, tmp_path: Path) -> None:
    made = await fuzzed(estate, who, tmp_path, examples=2, phases="fuzzing")
    assert not made.found, made.found
    assert made.calls.keys() >= {"2xx", "4xx"}
    assert sum(made.calls.values()) >= len(ENTRIES) - len(LEFT_OUT)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("who", ["company_admin", "super_admin"])
async def test_many_requests_of_each_operation(estate: Estate, who: str, tmp_path: Path) -> None:
    made = await fuzzed(estate, who, tmp_path, examples=30, phases=ALL_PHASES)
    assert not made.found, made.found
    assert sum(made.calls.values()) >= 30 * (len(ENTRIES) - len(LEFT_OUT))


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("status", "word"), [(500, "Server error"), (418, "Undocumented status code")])
async def test_a_route_that_breaks_its_word_is_found(
    estate: Estate, status: int, word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    clean = await fuzzed(estate, "company_admin", tmp_path, examples=2, phases="fuzzing", only=[LIST_ROLES])
    assert not clean.found, clean.found

    def planted(*_: object) -> Any:
        raise HTTPException(status)

    monkeypatch.setattr(roles, "own_roles", planted)
    broken = await fuzzed(estate, "company_admin", tmp_path, examples=2, phases="fuzzing", only=[LIST_ROLES])
    assert word in broken.found, broken.found
