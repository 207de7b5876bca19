"""Commands to a company's pipelines. Stages and reasons: with the id that they have, or `settings.new_id`."""

from __future__ import annotations

from domain.kernel.actor import Permission
from domain.kernel.command import Command, command
from domain.pipeline.settings import OnSignature, Reason, Stage


@command("CreatePipeline", needs=Permission.PIPELINE_MANAGE)
class CreatePipeline(Command):
    """The last in the company's order. pipeline: a fresh UUID."""

    pipeline: str
    company: str
    name: str
    stages: tuple[Stage, ...]
    won_reasons: tuple[Reason, ...]
    lost_reasons: tuple[Reason, ...]
    on_signature: OnSignature | None = None


@command("ChangePipeline", needs=Permission.PIPELINE_MANAGE)
class ChangePipeline(Command):
    """All of it, as it shall be. A stage that is taken away keeps the deals that are in it until they move."""

    pipeline: str
    company: str
    name: str
    stages: tuple[Stage, ...]
    won_reasons: tuple[Reason, ...]
    lost_reasons: tuple[Reason, ...]
    on_signature: OnSignature | None = None


@command("RetirePipeline", needs=Permission.PIPELINE_MANAGE)
class RetirePipeline(Command):
    """Takes no more deals; those that are in it stay, for the history."""

    pipeline: str
    company: str


@command("OrderPipelines", needs=Permission.PIPELINE_MANAGE)
class OrderPipelines(Command):
    """pipelines: all that go on, each once, as they shall be shown."""

    company: str
    pipelines: tuple[str, ...]
