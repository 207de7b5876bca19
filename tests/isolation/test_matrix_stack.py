"""S1: nobody reaches what is another company's, and everybody what the permission matrix gives them. A fast core here;
everybody in `make test-isolation`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import pytest

from tests.api.world import World
from tests.isolation.cast import CAST, CORE, Actor
from tests.isolation.run import Report, run
from tests.isolation.stage import called, staged

pytestmark = pytest.mark.stack


async def matrix(world: World, actors: Sequence[Actor]) -> Report:
    async with staged(world, actors) as stage:
        report = await run(stage, await called(world), actors)
    sys.stdout.write(f"{report}\n")
    return report


@pytest.mark.timeout(900)  # half a minute on two free cores
async def test_the_core_of_the_matrix(world: World) -> None:
    report = await matrix(world, CORE)
    assert not report.faults, str(report)
    assert not report.untested
    assert report.cases > 20 * report.operations


@pytest.mark.slow
@pytest.mark.timeout(1800)
async def test_the_whole_matrix(world: World) -> None:
    report = await matrix(world, CAST)
    assert not report.faults, str(report)
    assert not report.untested
    assert report.cases > 70 * report.operations
