"""Commands to a company's own roles."""

from __future__ import annotations

from domain.kernel.actor import Permission
from domain.kernel.command import Command, command


@command("DefineRole", needs=Permission.ROLE_MANAGE)
class DefineRole(Command):
    """role: a fresh UUID. permissions: `resource:verb`; all within `matrix.CUSTOM` and within the actor's own."""

    role: str
    company: str
    name: str
    permissions: tuple[str, ...]


@command("ChangeRole", needs=Permission.ROLE_MANAGE)
class ChangeRole(Command):
    """As `DefineRole`, of a role that there is."""

    role: str
    company: str
    name: str
    permissions: tuple[str, ...]


@command("RetireRole", needs=Permission.ROLE_MANAGE)
class RetireRole(Command):
    """Refused while somebody has it."""

    role: str
    company: str
