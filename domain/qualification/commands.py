"""Commands to a company's rules of qualification."""

from __future__ import annotations

from domain.kernel.actor import Permission
from domain.kernel.command import Command, command
from domain.qualification.settings import HandoffRule, Question


@command("PublishQualificationRules", needs=Permission.PIPELINE_MANAGE)
class PublishQualificationRules(Command):
    """All of them, as they shall be: see `settings.Rules`. Whoever asks must have looked that the handoff's stage is
    there."""

    company: str
    questions: tuple[Question, ...]
    threshold: int
    intents: tuple[str, ...]
    handoff: HandoffRule | None
    dormant_after_days: int | None


@command("WithdrawQualificationRules", needs=Permission.PIPELINE_MANAGE)
class WithdrawQualificationRules(Command):
    """No rules any more. Leads stay what they are."""

    company: str
