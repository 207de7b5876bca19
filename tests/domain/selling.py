"""Pipelines and services as tests tell of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from domain.kernel.command import Command
from domain.kernel.ids import derived
from domain.pipeline import commands as pc
from domain.pipeline.aggregate import Pipelines
from domain.pipeline.settings import LISTS, Layout, Reason, Stage, new_id
from domain.service import commands as sc
from tests.domain.spec import COMPANY, World

SALES, PARTNERS, RENEWALS = derived("sales"), derived("partners"), derived("renewals")
NEW, OFFER = "New", "Offer"

Asking = Callable[[World], Command]
"""A command that needs to know the world: ids of new stages follow from its own."""


def stage(name: str = NEW, id_: str = "", **changed: Any) -> Stage:
    """Without an id: a new one."""
    return replace(Stage(id=id_, name=name, colour="#1f2937", probability=10), **changed)


def reason(label: str, id_: str = "") -> Reason:
    return Reason(id=id_, label=label)


DEFAULTS: dict[str, Any] = {
    "stages": (stage(), stage(OFFER, probability=60, requires=("value", "fact:budget"))),
    "won_reasons": (reason("Price"),),
    "lost_reasons": (reason("Price"), reason("No answer")),
}


def create_pipeline(pipeline: str = SALES, name: str = "Sales", **changed: Any) -> Asking:
    return _asked(pc.CreatePipeline, pipeline, {"name": name, **DEFAULTS, **changed})


def change_pipeline(pipeline: str = SALES, **changed: Any) -> Asking:
    """As it stands, but for what is said."""

    def made(world: World) -> Command:
        known = world.stream(Pipelines, COMPANY).pipelines.get(pipeline)
        now = known.layout.own_fields() if known else {"name": "Sales", **DEFAULTS}
        return _asked(pc.ChangePipeline, pipeline, {**now, **changed})(world)

    return made


def retire_pipeline(pipeline: str = SALES, company: str = COMPANY) -> pc.RetirePipeline:
    return pc.RetirePipeline(pipeline=pipeline, company=company)


def order(*pipelines: str, company: str = COMPANY) -> pc.OrderPipelines:
    return pc.OrderPipelines(company=company, pipelines=pipelines)


def layout(world: World, pipeline: str = SALES) -> Layout:
    return world.stream(Pipelines, COMPANY).pipelines[pipeline].layout


def add_service(service: str = SALES, name: str = "Course", price: int = 9900, currency: str = "BRL") -> sc.AddService:
    return sc.AddService(service=service, company=COMPANY, name=name, price=price, currency=currency)


def change_service(
    service: str = SALES, name: str = "Course", price: int = 9900, currency: str = "BRL"
) -> sc.ChangeService:
    return sc.ChangeService(service=service, company=COMPANY, name=name, price=price, currency=currency)


def retire_service(service: str = SALES) -> sc.RetireService:
    return sc.RetireService(service=service, company=COMPANY)


def _asked(cls: type[pc.CreatePipeline | pc.ChangePipeline], pipeline: str, fields: dict[str, Any]) -> Asking:
    """As the edge makes it: what has no id gets the one that follows from the command's."""

    def made(world: World) -> Command:
        whole = {
            of: tuple(
                each if each.id else replace(each, id=new_id(world.next_id, of, n)) for n, each in enumerate(items)
            )
            for of, items in fields.items()
            if of in LISTS
        }
        return cls(**{"pipeline": pipeline, "company": COMPANY, **fields, **whole})

    return made
