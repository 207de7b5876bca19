"""What a runner says of an effect that it cannot carry out. Every aggregate accepts both."""

from __future__ import annotations

from domain.kernel.actor import Permission
from domain.kernel.command import Command, command


@command("ExpireEffect", needs=Permission.EFFECT_ABANDON)
class ExpireEffect(Command):
    """The effect's time is over while a gate held it. stream: the one that opened it."""

    stream: str
    kind: str
    key: str


@command("AbandonEffect", needs=Permission.EFFECT_ABANDON)
class AbandonEffect(Command):
    """Five refusals in a row. stream: the one that opened it. code: of the last refusal."""

    stream: str
    kind: str
    key: str
    code: str
