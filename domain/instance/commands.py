"""Commands to a channel instance."""

from __future__ import annotations

from datetime import datetime

from domain.kernel.actor import Permission
from domain.kernel.command import Command, command


@command("CreateInstance", needs=Permission.INSTANCE_MANAGE)
class CreateInstance(Command):
    """Registers a channel instance. instance: a fresh UUID. channel: `whatsapp`. provider: `evolution`."""

    instance: str
    channel: str
    provider: str
    external_name: str
    centurion: str | None = None


@command("AssignCenturion", needs=Permission.INSTANCE_MANAGE)
class AssignCenturion(Command):
    """Says who answers on the instance; None: only people do."""

    instance: str
    centurion: str | None


@command("ReportInstanceItem", needs=Permission.INSTANCE_REPORT)
class ReportInstanceItem(Command):
    """An item of a webhook that concerns the instance and no person. kind: as in `domain.kernel.items`."""

    instance: str
    kind: str
    raw_kind: str | None = None
    provider_id: str | None = None
    status: str | None = None
    code: str | None = None
    provider_at: datetime | None = None
