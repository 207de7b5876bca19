"""Every process on the way of a company, with a fuse at each step: `python -m proof.bugs.planted` plants it."""

from __future__ import annotations

from typing import Final

from cli.processes import streams as root
from cli.settings import Settings
from domain.holding.commands import ConfirmProvisioned, CreateCompany
from domain.holding.events import CompanyCreated, CompanyProvisioned
from proof.harm import on_the_way
from proof.harm.on_the_way import fuses, reach

SERVICES: Final = ("api", "writer", "projector", "streams")
ASKS: Final = {CreateCompany: "create", ConfirmProvisioned: "confirm"}
SAYS: Final = {CompanyCreated: "created", CompanyProvisioned: "provisioned"}
POINTS: Final = (
    *on_the_way.points(ASKS.values(), SAYS.values()),
    "before schema",
    "within schema",
    "postgres within schema",
    "after schema",
)
"""The schema is made by the runner. At `postgres …` PostgreSQL dies, by who has lit the fuse."""

SCHEMA_S: Final = 0.03
"""How long a schema is being made, at most: the kill comes at a random moment of it."""

_provision = root.provision


async def provision(settings: Settings, number: int, company: str) -> None:
    reach("before schema")
    reach("within schema", "postgres within schema", within_s=SCHEMA_S)
    await _provision(settings, number, company)
    reach("after schema")


def plant() -> None:
    fuses(ASKS, SAYS)
    root.provision = provision
