"""Commands to a Centurion."""

from __future__ import annotations

from domain.centurion.settings import CenturionSettings
from domain.kernel.actor import Permission
from domain.kernel.command import Command, command


@command("CreateCenturion", needs=Permission.CENTURION_MANAGE)
class CreateCenturion(Command):
    """Makes a sales agent. centurion: a fresh UUID."""

    centurion: str
    settings: CenturionSettings


@command("PublishCenturionVersion", needs=Permission.CENTURION_MANAGE)
class PublishCenturionVersion(Command):
    """Replaces the settings. The number of the new version follows from the stream."""

    centurion: str
    settings: CenturionSettings


@command("PauseCenturion", needs=Permission.CENTURION_MANAGE)
class PauseCenturion(Command):
    """Holds all replies of the Centurion."""

    centurion: str


@command("ResumeCenturion", needs=Permission.CENTURION_MANAGE)
class ResumeCenturion(Command):
    """Lets the Centurion answer again."""

    centurion: str
