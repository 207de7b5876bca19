"""Whether a person should look, and why, in words. Pure."""

from __future__ import annotations

from typing import Final

from cli.status.model import Status
from eventlog.unread import ALARM_MS

LATE_S: Final = 30.0
"""Whoever has not taken in a record for so long does not move, or cannot follow: a lead waits."""

MANY: Final = 10_000
"""Records that analytics may be behind: a block. Nobody waits for it."""

UNSIGNED_S: Final = 600.0
"""The signer signs each minute while something happens."""

WORKERS: Final = ("api", "writer", "projector", "streams")
"""Processes without which no lead is answered. Of `analytics` and `signer` nothing is known but how far they are."""


def reasons(status: Status) -> list[str]:
    """Nothing: all is well."""
    found = [f"{part} cannot be asked: {code}" for part, code in status.away.items()]
    found += [f"no {name} runs" for name in WORKERS if status.processes.get(name) == 0]
    found += _generation(status)
    found += [f"the read database is not closed: {breach}" for breach in status.breaches]
    found += _behind(status)
    found += _waiting(status)
    return found


def _generation(status: Status) -> list[str]:
    if status.state is None:
        return []
    if status.state != "active":
        return [f"generation {status.generation} is {status.state}: nothing is claimed"]
    return [] if status.live else [f"generation {status.generation} has not caught up with the log: nothing is claimed"]


def _behind(status: Status) -> list[str]:
    found = [f"{name} has not moved for {age:.0f} s" for name, age in status.late_s.items() if age > LATE_S]
    if (lag := status.lag("clickhouse")) > MANY:
        found.append(f"clickhouse is {lag} records behind")
    for topic, seconds in status.unread_s.items():
        if seconds * 1000 > ALARM_MS:
            found.append(f"{topic} is unread for {seconds / 86_400:.1f} days: after 14 it is lost")
    unsigned = status.lag("signer")
    if status.checkpoint is not None and unsigned and status.checkpoint.age_s > UNSIGNED_S:
        found.append(f"the signer has not signed {unsigned} records for {status.checkpoint.age_s / 60:.0f} minutes")
    return found


def _waiting(status: Status) -> list[str]:
    overdue = sum(count.overdue for count in status.effects)
    found = [f"{overdue} effects are overdue"] if overdue else []
    if status.quarantine:
        found.append(f"{len(status.quarantine)} journeys are in quarantine")
    if status.dlq is not None and status.dlq.waiting > status.dlq.alarm_above:
        found.append(f"{status.dlq.waiting} dead letters wait (alarm above {status.dlq.alarm_above})")
    if status.held_pixels:
        held = sum(pixel.conversions for pixel in status.held_pixels)
        found.append(f"{held} conversions wait for pixels that are held: after 7 days Meta does not take them")
    if status.unsettled:
        contracts = sum(each.contracts for each in status.unsettled)
        found.append(f"of {contracts} contracts nobody knows whether they were made")
    if status.unseen:
        contracts = sum(each.contracts for each in status.unseen)
        found.append(
            f"the documents of {contracts} contracts cannot be looked at: their account's token, or the provider"
        )
    return found
