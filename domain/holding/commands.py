"""Commands of the holding's journey."""

from __future__ import annotations

from domain.holding.settings import CompanySettings
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


@command("RenameCompany", needs=Permission.COMPANY_SETTINGS)
class RenameCompany(Command):
    """Another name to be shown."""

    company: str
    name: str


@command("ChangeCompanySlug", needs=Permission.COMPANY_MANAGE)
class ChangeCompanySlug(Command):
    """slug: as in `CreateCompany`; one that the company had before is free to it."""

    company: str
    slug: str


@command("ChangeCompanySettings", needs=Permission.COMPANY_SETTINGS)
class ChangeCompanySettings(Command):
    """All settings, as they shall be."""

    company: str
    settings: CompanySettings


@command("ArchiveCompany", needs=Permission.COMPANY_MANAGE)
class ArchiveCompany(Command):
    """For good, and only of a company that is suspended."""

    company: str
    reason: str
