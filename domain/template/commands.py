"""Commands to a contract's template."""

from __future__ import annotations

from domain.kernel.actor import Permission
from domain.kernel.command import Command, command
from domain.template.parts import Text


@command("CreateTemplate", needs=Permission.TEMPLATE_MANAGE)
class CreateTemplate(Command):
    """With its first version. template: a fresh UUID."""

    template: str
    company: str
    text: Text


@command("PublishTemplateVersion", needs=Permission.TEMPLATE_MANAGE)
class PublishTemplateVersion(Command):
    """All of it, as it shall be from now on."""

    template: str
    company: str
    text: Text


@command("RetireTemplate", needs=Permission.TEMPLATE_MANAGE)
class RetireTemplate(Command):
    """For good."""

    template: str
    company: str
