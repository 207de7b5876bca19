"""A status in words, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cli.status.model import Status


def lines(status: Status, reasons: Sequence[str]) -> Iterator[str]:
    yield "all is well" if not reasons else "somebody should look:"
    yield from (f"  {reason}" for reason in reasons)
    live = "live" if status.live else "not live"
    yield f"generation   {status.generation} ({status.state}, {live}), analytics {status.analytics}"
    yield "processes    " + ", ".join(f"{name} {count}" for name, count in sorted(status.processes.items()))
    yield f"ingress      {status.ingress_lag} bodies behind"
    yield "late         " + ", ".join(f"{name} {age:.0f} s" for name, age in sorted(status.late_s.items()))
    for each in status.partitions:
        behind = ", ".join(f"{name} {lag}" for name, lag in each.lag.items())
        yield (
            f"partition {each.partition:<3}next {each.next_offset}, command {each.last_command}, voids {each.voids}, "
            f"head {each.head[:16]}…, behind: {behind}"
        )
    if not status.whole:
        yield "             the log was not walked to its end in time: lags are at most as told"
    for count in status.effects:
        yield (
            f"effects      {count.kind} of {count.company}: {count.pending} pending ({count.due} due, {count.overdue} "
            f"overdue), {count.attempted} attempted, {count.held} held"
        )
    if status.dlq is not None:
        told = ", ".join(f"{code} {count}" for code, count in sorted(status.dlq.reasons.items())) or "none"
        limit = status.dlq.alarm_above
        yield f"dead letters {status.dlq.waiting} wait ({told}), {status.dlq.told} told, alarm above {limit}"
    for held in status.quarantine:
        yield f"quarantine   {held.journey}: {held.reason}, since {held.partition}:{held.log_offset}"
    for pixel in status.held_pixels:
        yield f"pixel        {pixel.pixel} of {pixel.company}: {pixel.reason}, {pixel.conversions} conversions wait"
    for some in status.unsettled:
        yield f"contracts    of {some.company}: of {some.contracts} nobody knows whether they were made"
    for unseen in status.unseen:
        since = f"{unseen.since:%Y-%m-%d %H:%M}"
        yield f"documents    of {unseen.company}: {unseen.contracts} cannot be looked at, since {since}"
    told = f"{status.checkpoint.number}, {status.checkpoint.age_s:.0f} s ago" if status.checkpoint else "none yet"
    yield f"checkpoint   {told}"
    unread = ", ".join(f"{topic} {seconds:.0f} s" for topic, seconds in sorted(status.unread_s.items()))
    yield f"unread       {unread} (alarm after 7 days)"
