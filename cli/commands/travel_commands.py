"""`legion audit show|diff`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any, Final

import orjson
import typer

from cli.main import audit
from cli.stack.environment import operator_settings

if TYPE_CHECKING:
    from api.journey_json import JourneyDiff

Journey = Annotated[str, typer.Argument(help="a lead's id, or a journey: lead/ID, tenant/COMPANY, holding")]

MOMENT: Final = "a version, a time (UTC unless it says otherwise), or `now`"

LINE: Final = 160
"""Of an event's data: enough to know it by; --json has all of it."""


@audit.command("show")
def show_command(
    journey: Journey,
    at: Annotated[
        str | None, typer.Option(help="RFC 3339 (UTC unless it says otherwise), with all events of that very time")
    ] = None,
    version: Annotated[int | None, typer.Option(min=0, help="after so many events of the journey")] = None,
) -> None:
    """Every stream of a journey now, at a moment, or at a version: replayed, not looked up. Personal fields as far as
    their key exists."""
    from cli.audit.travel import state
    from projections.travel.life import Cut

    if at is not None and version is not None:
        raise typer.BadParameter("either --at or --version")
    cut = Cut(version=version) if at is None else Cut.read(at)
    found = asyncio.run(state(operator_settings(), journey, cut))
    typer.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())


@audit.command("diff")
def diff_command(
    journey: Journey,
    since: Annotated[str, typer.Option("--from", help=MOMENT)],
    until: Annotated[str, typer.Option("--to", help=MOMENT)] = "now",
    events: Annotated[int, typer.Option(min=0, help="how many events to tell at most")] = 1000,
    json: Annotated[bool, typer.Option("--json", help="one line of JSON")] = False,
) -> None:
    """What changed between two moments: fields with old and new values, and the events between."""
    from cli.audit.travel import diff
    from projections.travel.life import Cut

    found = asyncio.run(diff(operator_settings(), journey, Cut.read(since), Cut.read(until), events=events))
    typer.echo(orjson.dumps(found).decode() if json else "\n".join(lines_of(found)))


def lines_of(diff: JourneyDiff) -> list[str]:
    """For people: + added, - removed, ~ changed; then the events."""
    lines = [
        f"{diff.journey}: version {diff.before.version} ({diff.before.at or 'before its first event'})"
        f" → {diff.after.version} ({diff.after.at or 'before its first event'})"
    ]
    lines += ["  the person is erased: their words are gone"] if diff.erased else []
    lines += ["  in quarantine: later events are journalled only"] if diff.quarantined else []
    for stream in diff.streams:
        lines.append(f"\n{stream.stream}: version {stream.version_before} → {stream.version_after}")
        for change in stream.changes:
            if change.what == "added":
                lines.append(f"  + {change.field}: {_value(change.new)}")
            elif change.what == "removed":
                lines.append(f"  - {change.field}: {_value(change.old)}")
            else:
                lines.append(f"  ~ {change.field}: {_value(change.old)} → {_value(change.new)}")
    lines.append(f"\n{diff.after.version - diff.before.version} events")
    for event in diff.events:
        lines.append(f"  {event['at']}  {event['type']:24} {_value(event['data'])[:LINE]}")
    lines += [f"  … and {diff.events_left_off} more"] if diff.events_left_off else []
    return lines


def _value(value: Any) -> str:
    return orjson.dumps(value).decode()
