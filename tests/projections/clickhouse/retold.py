"""What the views of selling must show, told once more from the events themselves: plain loops, no SQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from domain.conversation import events as c
from domain.deal import events as d
from domain.kernel.clock import to_us
from domain.kernel.event import Event
from domain.kernel.stream import EPOCH
from domain.lead import events as ld
from domain.lead.aggregate import Lead
from domain.lead.parts import Touch
from eventlog.model import Commit, Recorded

Ways = tuple[str, str, str, str]
"""source, campaign, ad set, ad."""

NO_WAY: Ways = ("", "", "", "")


@dataclass(slots=True)
class ADeal:
    company: str
    lead: str
    id: str
    opened_at: datetime | None = None
    pipeline: str = ""
    stage: str = ""
    value: int = 0
    currency: str = ""
    state: str = "open"
    state_at: datetime = EPOCH
    reason: str = ""


@dataclass(slots=True)
class ALead:
    company: str
    id: str
    created_at: datetime
    channel: str
    centurion: str = ""
    touches: list[tuple[datetime, Ways]] = field(default_factory=list)
    stays: list[tuple[str, datetime, str]] = field(default_factory=list)
    undone: set[str] = field(default_factory=set)
    deals: dict[str, ADeal] = field(default_factory=dict)

    def reached(self) -> dict[str, datetime]:
        first: dict[str, datetime] = {}
        for state, at, deal in self.stays:
            if deal not in self.undone:
                first.setdefault(state, at)
        return first

    def way(self, which: int, until: datetime | None = None) -> Ways:
        known = [way for at, way in self.touches if until is None or at <= until]
        return known[which] if known else NO_WAY

    def times(self) -> Iterator[tuple[str, datetime, datetime | None, int | None, bool]]:
        ends = [at for _, at, _ in self.stays[1:]]
        for (state, at, deal), until in zip(self.stays, [*ends, None], strict=True):
            ms = None if until is None else to_us(until) // 1000 - to_us(at) // 1000
            yield state, at, until, ms, deal in self.undone


def told(commits: Iterable[Commit]) -> list[ALead]:
    """commits: in the order of each partition."""
    leads: dict[str, ALead] = {}
    lives: dict[str, Lead] = {}
    for commit in commits:
        for recorded in commit.events:
            if isinstance(event := recorded.event, ld.LeadCreated):
                leads[event.lead] = ALead(recorded.meta.tenant, event.lead, recorded.at, event.source)
            if commit.journey.startswith("lead/"):
                lead = leads[commit.journey.removeprefix("lead/")]
                _take(lead, lives.setdefault(lead.id, Lead.blank(f"lead-{lead.id}")), recorded)
    return list(leads.values())


def _take(lead: ALead, life: Lead, recorded: Recorded) -> None:
    """life: the aggregate says the state, not a table of ours."""
    event, at = recorded.event, recorded.at
    if recorded.stream == life.id:
        before = life.state
        life.evolve(event)
        moves = type(event) in MOVING
        assert moves or life.state == before, type(event)
        if moves:
            deal = event.deal if isinstance(event, ld.LeadHandedOff) else ""
            lead.stays.append((str(life.state), at, deal))
    match event:
        case ld.LeadTouched(touch=touch):
            lead.touches.append((at, _ways(touch)))
        case ld.HandoffUndone(deal=deal):
            lead.undone.add(deal)
        case c.TurnClosed(centurion=centurion):
            lead.centurion = lead.centurion or centurion
    if recorded.stream.startswith("deal-"):
        _deal(lead, event, at)


def _deal(lead: ALead, event: Any, at: datetime) -> None:
    """Any event may be the first: the tables are total functions of the log."""
    deal = lead.deals.setdefault(event.deal, ADeal(lead.company, lead.id, event.deal))
    if isinstance(event, d.DealOpened):
        deal.opened_at = deal.opened_at or at
    if isinstance(event, d.DealOpened | d.DealMoved):
        deal.pipeline, deal.stage = event.pipeline, event.stage
    if isinstance(event, d.DealOpened | d.DealValued) and event.value is not None:
        deal.value, deal.currency = event.value.minor, event.value.currency
    ends = {d.DealOpened: "open", d.DealWon: "won", d.DealLost: "lost", d.DealReopened: "open",
            d.DealWithdrawn: "withdrawn"}  # fmt: skip
    if (state := ends.get(type(event))) is not None:
        deal.state, deal.state_at, deal.reason = state, at, getattr(event, "reason", None) or ""


MOVING: frozenset[type[Event]] = frozenset(
    {
        ld.LeadCreated, ld.LeadContacted, ld.LeadEngaged, ld.LeadQualificationStarted, ld.LeadQualified,
        ld.LeadDisqualified, ld.LeadOptedOut, ld.LeadDormant, ld.LeadReopened, ld.LeadHandedOff, ld.HandoffUndone,
        ld.LeadWon, ld.LeadLost,
    }
)  # fmt: skip
"""After each of these a stay begins, be it in the same state; `told` checks that no other event moves a lead."""


def _ways(touch: Touch) -> Ways:
    return touch.source, touch.campaign or "", touch.ad_set or "", touch.ad or ""


Row = tuple[Any, ...]


def lead_states(leads: Iterable[ALead]) -> Counter[Row]:
    return Counter((lead.company, lead.id, *stay) for lead in leads for stay in lead.times())


def lead_rows(leads: Iterable[ALead]) -> Counter[Row]:
    return Counter(
        (lead.company, lead.id, lead.created_at, lead.channel, lead.centurion, len(lead.touches), *lead.way(0),
         *lead.way(-1), lead.stays[-1][0], max(at for _, at, _ in lead.stays))
        for lead in leads
    )  # fmt: skip


def funnel(leads: Iterable[ALead]) -> Counter[Row]:
    counted: Counter[Row] = Counter()
    still: Counter[Row] = Counter()
    for lead in leads:
        for state, at in lead.reached().items():
            row = (lead.company, _day(lead.created_at), _day(at), lead.centurion, lead.channel, *lead.way(0), state)
            counted[row] += 1
            still[row] += lead.stays[-1][0] == state
    return Counter((*row, count, still[row]) for row, count in counted.items())


def lead_state_times(leads: Iterable[ALead]) -> Counter[Row]:
    return Counter(row for lead in leads for row in _per_state(lead))


def _per_state(lead: ALead) -> Iterator[Row]:
    stays, spent = Counter[str](), Counter[str]()
    since: dict[str, datetime] = {}
    for state, at, until, ms, _ in lead.times():
        stays[state] += until is not None
        spent[state] += ms or 0
        if until is None:
            since[state] = at
    for state in stays:
        yield lead.company, lead.id, state, stays[state], spent[state], since.get(state)


def state_times(leads: Iterable[ALead]) -> Counter[Row]:
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in (row for lead in leads for row in _per_state(lead)):
        groups.setdefault((row[0], row[2]), []).append(row)
    found: Counter[Row] = Counter()
    for key, rows in groups.items():
        spent = sorted(ms for _, _, _, stays, ms, _ in rows if stays)
        still = sum(since is not None for *_, since in rows)
        figures = (
            (sum(spent) / len(spent), spent[int(0.5 * len(spent))], spent[int(0.9 * len(spent))])
            if spent
            else (None, None, None)
        )
        found[(*key, len(spent), still, *figures)] += 1
    return found


def deal_rows(leads: Iterable[ALead]) -> Counter[Row]:
    return Counter(
        (one.company, one.lead, one.id, one.opened_at, one.pipeline, one.stage, one.value, one.currency, one.state,
         one.state_at, one.reason)
        for lead in leads
        for one in lead.deals.values()
        if one.opened_at
    )  # fmt: skip


def revenue(leads: Iterable[ALead]) -> Counter[Row]:
    deals: Counter[Row] = Counter()
    value: Counter[Row] = Counter()
    for lead in leads:
        for deal in lead.deals.values():
            if deal.opened_at and deal.state == "won":
                ways = (*lead.way(0, deal.state_at), *lead.way(-1, deal.state_at))
                day = _day(deal.state_at)
                row = (deal.company, day, deal.pipeline, lead.centurion, lead.channel, *ways, deal.currency)
                deals[row] += 1
                value[row] += deal.value
    return Counter((*row, count, value[row]) for row, count in deals.items())


def _day(at: datetime) -> date:
    return at.date()


RETOLD = {
    "lead_states": lead_states,
    "leads": lead_rows,
    "funnel": funnel,
    "lead_state_times": lead_state_times,
    "state_times": state_times,
    "deals": deal_rows,
    "revenue": revenue,
}
"""View → its rows, in the order of its columns."""
