"""What the views of contracts and conversions must show, told once more from the events: see retold.py."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain.contract import events as k
from domain.conversion import events as v
from domain.effect import events as x
from domain.kernel.clock import to_us
from domain.kernel.event import Event
from eventlog.model import Commit

Row = tuple[Any, ...]


@dataclass(slots=True)
class Told:
    """One stream's events, each with its time."""

    company: str
    lead: str
    id: str
    events: list[tuple[datetime, Event]] = field(default_factory=list)

    def of(self, *kinds: type[Event]) -> list[tuple[datetime, Any]]:
        return [one for one in self.events if isinstance(one[1], kinds)]

    def first(self, kind: type[Event]) -> datetime | None:
        return next((at for at, _ in self.of(kind)), None)


def streams(commits: Iterable[Commit], category: str) -> list[Told]:
    found: dict[str, Told] = {}
    for commit in commits:
        for recorded in commit.events:
            if recorded.stream.startswith(f"{category}-"):
                id_ = recorded.stream.removeprefix(f"{category}-")
                lead = commit.journey.removeprefix("lead/")
                told = found.setdefault(recorded.stream, Told(recorded.meta.tenant, lead, id_))
                told.events.append((recorded.at, recorded.event))
    return list(found.values())


CONTRACT = {
    k.ContractDrafted: "drafted", k.ContractSendAsked: "sending", k.ContractSent: "sent", k.ContractFailed: "failed",
    k.ContractOutcomeUnknown: "outcome_unknown", k.ContractSearchAsked: "searching", k.ContractNeverMade: "drafted",
    k.ContractSignerSigned: "signed", k.ContractSigned: "completed", k.ContractRefused: "refused",
    k.ContractExpired: "expired", k.ContractCancelled: "cancelled",
}  # fmt: skip

CONVERSION = {
    v.ConversionRequested: "due", v.ConversionHeld: "held", v.ConversionAttempted: "attempted",
    v.ConversionAccepted: "accepted", v.ConversionRefused: "refused", v.ConversionSkipped: "skipped",
    v.ConversionExpired: "expired", v.ConversionOutcomeUnknown: "unknown", x.EffectExpired: "abandoned",
    x.EffectAbandoned: "abandoned",
}  # fmt: skip


def _contracts(commits: Iterable[Commit]) -> Iterator[Row]:
    for one in streams(commits, "contract"):
        if drafts := one.of(k.ContractDrafted):
            moves = one.of(*CONTRACT)
            at, last = moves[-1]
            yield (
                one.company, one.lead, one.id, drafts[-1][1].deal, drafts[-1][1].sandbox, drafts[0][0],
                one.first(k.ContractSent), one.first(k.ContractViewed), one.first(k.ContractSigned),
                CONTRACT[type(last)], at,
            )  # fmt: skip


def contracts(commits: Iterable[Commit]) -> Counter[Row]:
    return Counter(_contracts(commits))


def contract_days(commits: Iterable[Commit]) -> Counter[Row]:
    groups: dict[Row, list[Row]] = {}
    for row in _contracts(commits):
        groups.setdefault((row[0], row[5].date(), row[4]), []).append(row)
    found: Counter[Row] = Counter()
    for key, rows in groups.items():
        states = Counter(row[9] for row in rows)
        spent = sorted(to_us(row[8]) // 1000 - to_us(row[6]) // 1000 for row in rows if row[6] and row[8])
        ends = (states[s] for s in ("completed", "refused", "expired", "cancelled", "failed", "outcome_unknown"))
        sent, viewed = sum(row[6] is not None for row in rows), sum(row[7] is not None for row in rows)
        half = spent[int(0.5 * len(spent))] if spent else None
        found[(*key, len(rows), sent, viewed, *ends, half)] += 1
    return found


def _conversions(commits: Iterable[Commit]) -> Iterator[Row]:
    for one in streams(commits, "conversion"):
        said, attempts = [event for _, event in one.events], [event for _, event in one.of(v.ConversionAttempted)]
        milestone, pixel = "", ""
        for event in said:
            happened = getattr(event, "happened", None)
            milestone = str(getattr(event, "milestone", happened.milestone if happened else milestone))
            pixel = getattr(event, "pixel", None) or pixel
        name, source, value, currency = "", "", 0, ""
        if attempts:
            last = attempts[-1]
            name, source = last.name, last.action_source
            value, currency = (last.value.minor, last.value.currency) if last.value else (0, "")
        refused = one.of(v.ConversionRefused)
        at, event = one.events[-1]
        yield (
            one.company, one.lead, one.id, milestone, pixel, name, source, value, currency, len(attempts),
            one.events[0][0], one.first(v.ConversionAccepted), CONVERSION[type(event)], at,
            refused[-1][1].cause if refused else "",
        )  # fmt: skip


def conversions(commits: Iterable[Commit]) -> Counter[Row]:
    return Counter(_conversions(commits))


def conversion_days(commits: Iterable[Commit]) -> Counter[Row]:
    groups: dict[Row, list[Row]] = {}
    for row in _conversions(commits):
        groups.setdefault((row[0], row[10].date(), row[4], row[3], row[5]), []).append(row)
    found: Counter[Row] = Counter()
    for key, rows in groups.items():
        states = Counter(row[12] for row in rows)
        ends = (states[s] for s in ("accepted", "refused", "skipped", "expired", "unknown", "abandoned"))
        still = states["due"] + states["held"] + states["attempted"]
        found[(*key, len(rows), *ends, still, sum(row[9] for row in rows))] += 1
    return found


RETOLD_CLOSING = {
    "contracts": contracts,
    "contract_days": contract_days,
    "conversions": conversions,
    "conversion_days": conversion_days,
}
"""View → its rows, in the order of its columns."""
