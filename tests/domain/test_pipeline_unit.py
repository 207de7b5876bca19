"""A company's pipelines: what they are made of, how they change, and that ids never get another meaning."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.access.matrix import Role
from domain.kernel.errors import Forbidden, Refused
from domain.kernel.ids import derived, tenant_journey
from domain.pipeline import events as e
from domain.pipeline.aggregate import Pipeline, Pipelines
from domain.pipeline.policies import MAX_PIPELINES, MAX_REASONS, MAX_REQUIRED, MAX_STAGES
from domain.pipeline.settings import Layout, Requirement
from tests.domain import spec
from tests.domain.selling import (
    NEW,
    OFFER,
    PARTNERS,
    RENEWALS,
    SALES,
    change_pipeline,
    create_pipeline,
    layout,
    order,
    reason,
    retire_pipeline,
    stage,
)
from tests.domain.spec import COMPANY, World, the
from tests.domain.staff import acting


def refusal(told: spec.Spec, step: Any, code: str, at: str) -> None:
    with pytest.raises(Refused) as refused:
        told.world.take(step)
    assert (refused.value.code, refused.value.detail) == (code, at)


def in_order(world: World) -> list[str]:
    return list(world.stream(Pipelines, COMPANY).order)


def test_a_pipeline_is_made_changed_and_retired() -> None:
    told = spec.given().when(create_pipeline(name=" Sales ", stages=(stage(" New "), stage(OFFER))))
    made = the(e.PipelineCreated, told.then(e.PipelineCreated))
    assert (made.name, made.position, [each.name for each in made.stages]) == ("Sales", 0, [NEW, OFFER])
    told.when(change_pipeline()).refused("pipeline_unchanged")
    told.when(change_pipeline(name="SALES")).then(e.PipelineChanged)
    told.when(retire_pipeline()).then(e.PipelineRetired)
    for step in (change_pipeline(), retire_pipeline(), order(SALES)):
        told.when(step).refused("unknown_pipeline")
    told.when(create_pipeline()).refused("pipeline_exists")


def test_a_stage_keeps_its_id_over_changes_goes_and_comes_back() -> None:
    told = spec.given(create_pipeline())
    new, offer = layout(told.world).stages
    changed = (replace(offer, name="Proposal", probability=70), stage("Contract"), replace(new, colour="#ffffff"))
    event = the(e.PipelineChanged, told.when(change_pipeline(stages=changed)).then(e.PipelineChanged))
    assert [event.stages[0].id, event.stages[2].id] == [offer.id, new.id]
    assert event.retired_stages == ()
    assert event.stages[1].id not in {new.id, offer.id}
    gone = the(e.PipelineChanged, told.when(change_pipeline(stages=(offer,))).then(e.PipelineChanged))
    assert gone.retired_stages == (event.stages[1].id, new.id)
    back = the(e.PipelineChanged, told.when(change_pipeline(stages=(new, offer))).then(e.PipelineChanged))
    assert (back.stages, back.retired_stages) == ((new, offer), ())


def test_nobody_brings_ids_of_their_own_or_of_another_pipeline() -> None:
    told = spec.given(create_pipeline(), create_pipeline(PARTNERS, "Partners"))
    theirs = layout(told.world, PARTNERS)
    for strange in (derived("strange"), theirs.stages[0].id):
        refusal(told, change_pipeline(stages=(stage(), stage(OFFER, strange))), "unknown_stage", "stages.1.id")
        refusal(told, create_pipeline(RENEWALS, "R", stages=(stage(id_=strange),)), "unknown_stage", "stages.0.id")
    mine = layout(told.world)
    for field, strange in (
        ("won_reasons", theirs.won_reasons[0].id),
        ("won_reasons", mine.lost_reasons[0].id),  # why it was lost is never why another was won
        ("lost_reasons", mine.won_reasons[0].id),
    ):
        changed: dict[str, Any] = {field: (reason("X", strange),)}
        refusal(told, change_pipeline(**changed), "unknown_reason", f"{field}.0.id")


def test_a_reason_goes_and_comes_back() -> None:
    told = spec.given(create_pipeline())
    was = layout(told.world).lost_reasons
    told.when(change_pipeline(lost_reasons=())).then(e.PipelineChanged)
    told.when(change_pipeline(lost_reasons=(replace(was[1], label="Silence"),))).then(e.PipelineChanged)


@pytest.mark.parametrize(
    ("changed", "code", "at"),
    [
        ({"name": " "}, "invalid_name", "name"),
        ({"name": "x" * 201}, "invalid_name", "name"),
        ({"stages": ()}, "no_stages", "stages"),
        ({"stages": tuple(stage(f"S{n}") for n in range(MAX_STAGES + 1))}, "too_many_stages", "stages"),
        ({"stages": (stage(), stage(" "))}, "invalid_name", "stages.1.name"),
        ({"stages": (stage(), stage(" nEW"))}, "stage_twice", "stages"),
        ({"stages": (stage(colour="red"),)}, "invalid_colour", "stages.0.colour"),
        ({"stages": (stage(colour="#FFFFFF"),)}, "invalid_colour", "stages.0.colour"),
        ({"stages": (stage(colour="#ffffff\n"),)}, "invalid_colour", "stages.0.colour"),
        ({"stages": (stage(probability=-1),)}, "invalid_probability", "stages.0.probability"),
        ({"stages": (stage(probability=101),)}, "invalid_probability", "stages.0.probability"),
        ({"lost_reasons": (reason("A"), reason("a "))}, "reason_twice", "lost_reasons"),
        ({"won_reasons": (reason(""),)}, "invalid_name", "won_reasons.0.label"),
        (
            {"won_reasons": tuple(reason(f"R{n}") for n in range(MAX_REASONS + 1))},
            "too_many_reasons",
            "won_reasons",
        ),
    ],
)
def test_what_may_not_stand_in_a_pipeline_is_refused_by_its_place(changed: dict[str, Any], code: str, at: str) -> None:
    refusal(spec.given(), create_pipeline(**changed), code, at)
    refusal(spec.given(create_pipeline()), change_pipeline(**changed), code, at)


def test_an_id_stands_once() -> None:
    told = spec.given(create_pipeline())
    first, lost = layout(told.world).stages[0], layout(told.world).lost_reasons[0]
    refusal(told, change_pipeline(stages=(first, replace(first, name="Other"))), "stage_twice", "stages")
    refusal(told, change_pipeline(lost_reasons=(lost, replace(lost, label="X"))), "reason_twice", "lost_reasons")


@pytest.mark.parametrize(
    "requires",
    [("nothing",), ("fact:",), ("fact:Budget",), (f"fact:{'x' * 41}",), ("fact:a b",), ("value", "value"), ("value\n",),
     tuple(f"fact:{n}" for n in range(MAX_REQUIRED + 1))],
)  # fmt: skip
def test_a_stage_requires_only_what_there_is_and_each_once(requires: tuple[str, ...]) -> None:
    refusal(
        spec.given(), create_pipeline(stages=(stage(requires=requires),)), "invalid_requirement", "stages.0.requires"
    )


def test_a_stage_may_require_all_that_there_is() -> None:
    every = (*Requirement, "fact:budget_2026", f"fact:{'x' * 40}")
    spec.given().when(create_pipeline(stages=(stage(requires=every, probability=100),))).then(e.PipelineCreated)


def test_a_name_is_one_pipelines_and_free_again_when_it_is_retired() -> None:
    told = spec.given(create_pipeline())
    told.when(create_pipeline(PARTNERS, " sALES")).refused("name_taken")
    told.when(create_pipeline(PARTNERS, "Partners")).then(e.PipelineCreated)
    told.when(change_pipeline(PARTNERS, name="SALES")).refused("name_taken")
    told.when(retire_pipeline()).then(e.PipelineRetired)
    told.when(change_pipeline(PARTNERS, name="Sales")).then(e.PipelineChanged)


def test_pipelines_have_one_order_and_a_new_one_is_the_last() -> None:
    told = spec.given(create_pipeline(), create_pipeline(PARTNERS, "Partners"), create_pipeline(RENEWALS, "Renewals"))
    assert in_order(told.world) == [SALES, PARTNERS, RENEWALS]
    told.when(order(SALES, PARTNERS, RENEWALS)).refused("order_unchanged")
    for incomplete in (order(), order(SALES, PARTNERS), order(SALES, PARTNERS, RENEWALS, SALES)):
        told.when(incomplete).refused("order_incomplete")
    told.when(order(SALES, PARTNERS, derived("strange"))).refused("unknown_pipeline")
    told.when(order(RENEWALS, SALES, PARTNERS)).then(e.PipelinesOrdered)
    told.when(retire_pipeline()).then(e.PipelineRetired)
    assert in_order(told.world) == [RENEWALS, PARTNERS]
    told.when(create_pipeline(derived("fourth"), "Sales")).then(e.PipelineCreated)
    assert in_order(told.world) == [RENEWALS, PARTNERS, derived("fourth")]
    spec.given().when(order()).refused("order_unchanged")


def test_a_companys_pipelines_are_bounded() -> None:
    told = spec.given()
    pipelines = told.world.stream(Pipelines, COMPANY)
    for n in range(MAX_PIPELINES):
        made = Layout(name=f"P{n}", stages=(), won_reasons=(), lost_reasons=())
        pipelines.pipelines[derived("pipeline", n)] = Pipeline(made, n)
    told.when(create_pipeline()).refused("too_many_pipelines")


def test_pipelines_are_their_companys_and_for_who_leads_it() -> None:
    world = spec.given(create_pipeline()).world
    with pytest.raises(Refused, match="wrong_tenant"):
        world.ask(retire_pipeline(), tenant=derived("another company"), journey=tenant_journey(COMPANY))
    told = spec.Spec(world)
    told.when(retire_pipeline(company=derived("another company"))).refused("unknown_pipeline")
    for role in (Role.MANAGER, Role.SDR, Role.VIEWER, Role.AUDITOR):
        world.actor = acting(role)
        with pytest.raises(Forbidden):
            world.take(retire_pipeline())
    world.actor = acting(Role.COMPANY_ADMIN)
    told.when(retire_pipeline()).then(e.PipelineRetired)


PIPELINES = (SALES, PARTNERS, RENEWALS)
PIPELINE, NAME = st.sampled_from(PIPELINES), st.sampled_from(("A", "a", "B ", "C"))
PICKS = st.lists(st.integers(0, 5), min_size=1, max_size=4)


def picked(pipeline: str, of: str, picks: list[int]) -> Any:
    """A change to stages that some pipeline has or had, and new ones."""

    def made(world: World) -> Any:
        pipelines = world.stream(Pipelines, COMPANY).pipelines
        known = sorted(id_ for each in (pipeline, of) if each in pipelines for id_ in pipelines[each].ids["stages"])
        ids = [known[pick] if pick < len(known) else "" for pick in picks]
        return change_pipeline(pipeline, stages=tuple(stage(f"S{n}", id_) for n, id_ in enumerate(ids)))(world)

    return made


STEPS = st.one_of(
    st.builds(create_pipeline, PIPELINE, NAME),
    st.builds(lambda pipeline, name: change_pipeline(pipeline, name=name), PIPELINE, NAME),
    st.builds(picked, PIPELINE, PIPELINE, PICKS),
    st.builds(retire_pipeline, PIPELINE),
    st.builds(lambda ids: order(*ids), st.permutations(PIPELINES)),
    st.builds(lambda ids: order(*ids), st.lists(PIPELINE, max_size=3)),
)


def check_pipelines(world: World, owners: dict[str, str]) -> None:
    """Names are unique, each has one place, and a stage's id was never another pipeline's. owners: stage → pipeline, of
    all that was seen."""
    pipelines = world.stream(Pipelines, COMPANY)
    names = [each.layout.name.casefold() for each in pipelines.pipelines.values()]
    assert len(names) == len(set(names))
    assert sorted(pipelines.order) == sorted(pipelines.pipelines)
    assert len({each.position for each in pipelines.pipelines.values()}) == len(pipelines.pipelines)
    assert not pipelines.pipelines.keys() & pipelines.retired
    for id_, pipeline in pipelines.pipelines.items():
        assert pipeline.layout.stages
        for each in pipeline.layout.stages:
            assert owners.setdefault(each.id, id_) == id_


def live(steps: list[Any]) -> None:
    world, owners = World(), dict[str, str]()
    for step in (create_pipeline(), create_pipeline(PARTNERS, "B"), *steps):
        try:
            world.take(step)
        except Refused:
            continue
        check_pipelines(world, owners)
    assert world.replayed(f"pipelines-{COMPANY}") == world.stream(Pipelines, COMPANY)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None)
@given(st.lists(STEPS, max_size=30))
def test_any_life_keeps_names_order_and_the_meaning_of_ids(steps: list[Any]) -> None:
    live(steps)


def test_control_a_stage_that_is_taken_from_another_pipeline_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("domain.pipeline.decide._check_ids", lambda *_: None)
    with pytest.raises(AssertionError):
        live([picked(SALES, PARTNERS, [0, 1, 2, 3])])
