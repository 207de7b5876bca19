"""Commands to a deal, and the handoff that opens one."""

from __future__ import annotations

from datetime import datetime

from domain.deal.parts import ActivityKind, DealItem, HandoffReason, Money, Place, UndoReason
from domain.kernel.actor import Permission
from domain.kernel.command import Command, command
from domain.kernel.sealed import ActivityText, BriefText
from domain.kernel.usage import Usage


@command("HandOffLead", needs=Permission.DEAL_MANAGE)
class HandOffLead(Command):
    """People sell from now on. deal: a fresh UUID. assigns: the lead is user's and team's then, as of AssignLead; else
    it stays whose it is. assists: the Centurion goes on answering. evidence: ids of events of this journey."""

    lead: str
    deal: str
    place: Place
    value: Money | None
    assigns: bool
    user: str | None
    team: str | None
    reason: HandoffReason
    assists: bool
    evidence: tuple[str, ...]


@command("UndoHandoff", needs=Permission.DEAL_MANAGE)
class UndoHandoff(Command):
    """As if the handoff had not been. Only for a while."""

    lead: str
    deal: str
    reason: UndoReason


@command("MoveDeal", needs=Permission.DEAL_MANAGE)
class MoveDeal(Command):
    """To another stage. Whoever asks must have looked that pipeline and stage are there and go on."""

    lead: str
    deal: str
    place: Place


@command("ValueDeal", needs=Permission.DEAL_MANAGE)
class ValueDeal(Command):
    """What it may bring; with items it is their sum. Whoever asks must have looked that the services are there."""

    lead: str
    deal: str
    value: Money
    items: tuple[DealItem, ...]


@command("WinDeal", needs=Permission.DEAL_MANAGE)
class WinDeal(Command):
    """reason: one of the pipeline's; None where it has none."""

    lead: str
    deal: str
    reason: str | None
    evidence: tuple[str, ...]


@command("LoseDeal", needs=Permission.DEAL_MANAGE)
class LoseDeal(Command):
    """reason: as of WinDeal."""

    lead: str
    deal: str
    reason: str | None
    evidence: tuple[str, ...]


@command("ReopenDeal", needs=Permission.DEAL_MANAGE)
class ReopenDeal(Command):
    """Won or lost no more."""

    lead: str
    deal: str


@command("BriefDeal", needs=Permission.CONVERSATION_ANSWER)
class BriefDeal(Command):
    """What a person has to know who takes the lead over, by the Centurion: see DealBriefed."""

    lead: str
    deal: str
    brief: BriefText
    evidence: tuple[str, ...]
    usage: Usage


@command("AddActivity", needs=Permission.DEAL_MANAGE)
class AddActivity(Command):
    """activity: a fresh UUID. See ActivityAdded."""

    lead: str
    deal: str
    activity: str
    kind: ActivityKind
    text: ActivityText | None
    due_at: datetime | None
    file: str | None


@command("FinishActivity", needs=Permission.DEAL_MANAGE)
class FinishActivity(Command):
    """A task is done."""

    lead: str
    deal: str
    activity: str
