"""Given what was decided of pipelines and services, when it is projected, then the tables say it."""

from __future__ import annotations

import pytest

from domain.access.sight import WHOLE
from domain.kernel.command import Command
from domain.kernel.ids import derived, tenant_journey
from domain.pipeline.events import PipelineCreated
from domain.qualification.settings import HandoffRule
from projections.read import pipelines, services
from projections.read.db import ReadDb
from projections.read.pipelines import Pipeline
from projections.read.qualification import auto_handoff, dormant_ms, rules
from proof.ground.generation import Generation
from proof.ground.histories import Log
from tests.domain import qualifying, selling
from tests.domain.selling import PARTNERS, RENEWALS, SALES, change_pipeline, create_pipeline, order, retire_pipeline
from tests.domain.spec import COMPANY, Step, World, given

pytestmark = pytest.mark.stack


async def project(generation: Generation, *steps: Step) -> World:
    """What the deciders say to these, a commit each event."""
    log, world = Log(), given(*steps).world
    for event in world.events:
        log.commit(COMPANY, tenant_journey(COMPANY), event)
    await generation.project(log)
    return world


async def shown(db: ReadDb, company: str = COMPANY) -> tuple[Pipeline, ...]:
    async with db.company(company, WHOLE) as conn:
        return await pipelines.pipelines(conn, company)


async def test_a_board_comes_back_as_it_was_decided(generation: Generation, db: ReadDb) -> None:
    world = await project(generation, create_pipeline())
    [found] = await shown(db)
    layout = selling.layout(world)
    assert (found.id, found.name, found.retired) == (SALES, "Sales", False)
    assert (found.stages, found.former_stages) == (layout.stages, ())
    assert (found.won_reasons, found.lost_reasons) == (layout.won_reasons, layout.lost_reasons)
    async with db.company(COMPANY, WHOLE) as conn:
        assert await pipelines.pipeline(conn, COMPANY, SALES) == found
        assert await pipelines.pipeline(conn, COMPANY, PARTNERS) is None
        assert await pipelines.pipeline(conn, derived("another company"), SALES) is None
    assert await shown(db, derived("another company")) == ()


def without_first(world: World) -> Command:
    return change_pipeline(stages=(selling.layout(world).stages[1], selling.stage("Contract")))(world)


def back(world: World) -> Command:
    created = world.events[0]
    assert isinstance(created, PipelineCreated)
    return change_pipeline(stages=(*selling.layout(world).stages, created.stages[0]))(world)


async def test_a_stage_that_was_taken_away_is_still_there(generation: Generation, db: ReadDb) -> None:
    await project(generation, create_pipeline(), without_first)
    [found] = await shown(db)
    assert [each.name for each in found.stages] == [selling.OFFER, "Contract"]
    assert [each.name for each in found.former_stages] == [selling.NEW]
    assert found.stages[0].requires == ("value", "fact:budget")


async def test_a_stage_that_comes_back_is_the_same(generation: Generation, db: ReadDb) -> None:
    world = await project(generation, create_pipeline(), without_first, back)
    [found] = await shown(db)
    assert (found.stages, found.former_stages) == (selling.layout(world).stages, ())
    assert [each.name for each in found.stages] == [selling.OFFER, "Contract", selling.NEW]


async def test_pipelines_stand_in_their_order_and_the_retired_ones_last(generation: Generation, db: ReadDb) -> None:
    await project(
        generation,
        create_pipeline(),
        create_pipeline(PARTNERS, "Partners"),
        create_pipeline(RENEWALS, "Renewals"),
        order(RENEWALS, SALES, PARTNERS),
        retire_pipeline(),
        create_pipeline(derived("fourth"), "Sales"),
    )
    found = await shown(db)
    assert [each.id for each in found] == [RENEWALS, PARTNERS, derived("fourth"), SALES]
    assert [each.retired for each in found] == [False, False, False, True]


async def test_services_stand_by_name_with_their_newest_price(generation: Generation, db: ReadDb) -> None:
    await project(
        generation,
        selling.add_service(name="Course"),
        selling.add_service(PARTNERS, "Book", 1000, "JPY"),
        selling.change_service(price=0),
        selling.retire_service(PARTNERS),
    )
    async with db.company(COMPANY, WHOLE) as conn:
        found = await services.services(conn, COMPANY)
    told = [(each.name, each.price, each.currency, each.retired) for each in found]
    assert told == [("Book", 1000, "JPY", True), ("Course", 0, "BRL", False)]
    async with db.company(derived("another company"), WHOLE) as conn:
        assert await services.services(conn, derived("another company")) == ()


async def test_rules_are_kept_by_number_and_one_is_in_force(generation: Generation, db: ReadDb) -> None:
    await project(generation, qualifying.publish(), qualifying.publish(threshold=1, handoff=None))
    async with db.company(COMPANY, WHOLE) as conn:
        now, first = await rules(conn, COMPANY), await rules(conn, COMPANY, number=1)
        assert await rules(conn, COMPANY, number=3) is None
    assert now is not None
    assert first is not None
    assert (now.number, now.in_force, now.rules.threshold, now.rules.handoff) == (2, True, 1, None)
    assert (first.in_force, first.rules) == (False, qualifying.RULES)
    assert dormant_ms(now) == 30 * 86_400_000
    async with db.company(derived("another company"), WHOLE) as conn:
        assert await rules(conn, derived("another company")) is None


async def test_rules_that_were_withdrawn_are_in_force_no_more(generation: Generation, db: ReadDb) -> None:
    await project(generation, qualifying.publish(), qualifying.WITHDRAW)
    async with db.company(COMPANY, WHOLE) as conn:
        assert await rules(conn, COMPANY) is None
        assert await rules(conn, COMPANY, number=1) is not None


async def test_a_rules_handoff_is_to_a_stage_that_is_there(generation: Generation, db: ReadDb) -> None:
    world = await project(generation, create_pipeline(), without_first)
    created = world.events[0]
    assert isinstance(created, PipelineCreated)
    offer = selling.layout(world).stages[0]
    for stage, there in ((offer.id, True), (created.stages[0].id, False), ("none", False)):
        rule = HandoffRule(pipeline=SALES, stage=stage, assists=True)
        async with db.company(COMPANY, WHOLE) as conn:
            found = await auto_handoff(conn, COMPANY, rule, "d")
            assert await auto_handoff(conn, COMPANY, HandoffRule(pipeline="p", stage=stage, assists=True), "d") is None
        assert (found is not None) is there
        assert found is None or (found.deal, found.place.requires, found.assists) == ("d", offer.requires, True)
    async with db.company(COMPANY, WHOLE) as conn:
        assert await auto_handoff(conn, COMPANY, None, "d") is None
