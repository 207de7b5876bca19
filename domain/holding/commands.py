"""Commands of the holding's journey."""

from __future__ import annotations

from domain.kernel.actor import Permission
from domain.kernel.command import Command, command


@command("CreateCompany", needs=Permission.COMPANY_MANAGE)
class CreateCompany(Command):
    """Opens a tenant. company: a fresh UUID. slug: 2–40 of a–z, 0–9 and inner dashes, unique in the holding."""

    company: str
    slug: str
    name: str
    timezone: str
    locale: str


@command("ConfirmProvisioned", needs=Permission.COMPANY_PROVISION)
class ConfirmProvisioned(Command):
    """The effect `provision` made the company's schema."""

    company: str


@command("SuspendCompany", needs=Permission.COMPANY_MANAGE)
class SuspendCompany(Command):
    """Closes the gate of a company."""

    company: str
    reason: str


@command("ReactivateCompany", needs=Permission.COMPANY_MANAGE)
class ReactivateCompany(Command):
    """Opens the gate of a company again."""

    company: str
