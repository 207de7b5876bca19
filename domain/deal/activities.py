"""What is done about a deal: notes, calls, meetings, files, and tasks that somebody has to do."""

from __future__ import annotations

from domain.deal import commands as dc
from domain.deal import events as d
from domain.deal.known import known_deal
from domain.deal.parts import ActivityKind
from domain.deal.policies import MAX_ACTIVITIES
from domain.kernel.errors import Refused
from domain.kernel.journey import Journey


def add_activity(journey: Journey, command: dc.AddActivity) -> None:
    """Also to a deal that is over: what people write down of it is not lost.

    Refused: unknown_deal, activity_exists, activity_invalid, too_many_activities.
    """
    deal = known_deal(journey, command)
    if command.activity in deal.activities:
        raise Refused("activity_exists")
    if fault := _fault(command):
        raise Refused("activity_invalid", fault)
    if len(deal.activities) >= MAX_ACTIVITIES:
        raise Refused("too_many_activities", f"at most {MAX_ACTIVITIES}")
    journey.record(
        deal,
        d.ActivityAdded,
        deal=command.deal,
        activity=command.activity,
        kind=command.kind,
        text=command.text,
        due_at=command.due_at,
        file=command.file,
    )


def finish_activity(journey: Journey, command: dc.FinishActivity) -> None:
    """Refused: unknown_deal, unknown_activity, already_done."""
    deal = known_deal(journey, command)
    if command.activity not in deal.activities:
        raise Refused("unknown_activity")
    if deal.activities[command.activity]:
        raise Refused("already_done")
    journey.record(deal, d.ActivityDone, deal=command.deal, activity=command.activity)


def _fault(command: dc.AddActivity) -> str | None:
    """What is wrong with it; None: nothing."""
    if (command.kind is ActivityKind.TASK) != (command.due_at is not None):
        return "due_at: missing" if command.due_at is None else "due_at: of a task, and of nothing else"
    if (command.kind is ActivityKind.FILE) != (command.file is not None):
        return "file: missing" if command.file is None else "file: of a file, and of nothing else"
    if command.text is None and command.kind is not ActivityKind.FILE:
        return "text: missing"
    return None
