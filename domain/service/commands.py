"""Commands to what a company sells."""

from __future__ import annotations

from domain.kernel.actor import Permission
from domain.kernel.command import Command, command


@command("AddService", needs=Permission.PIPELINE_MANAGE)
class AddService(Command):
    """service: a fresh UUID. price: of one, in the currency's smallest unit. currency: ISO 4217."""

    service: str
    company: str
    name: str
    price: int
    currency: str


@command("ChangeService", needs=Permission.PIPELINE_MANAGE)
class ChangeService(Command):
    """All of it, as it shall be. Deals keep the price that they were offered at."""

    service: str
    company: str
    name: str
    price: int
    currency: str


@command("RetireService", needs=Permission.PIPELINE_MANAGE)
class RetireService(Command):
    """It is offered no more; deals that have it keep it."""

    service: str
    company: str
