"""Views of how leads become customers: their states, the funnel, time in each state, deals, revenue by touch.

Everything follows from the facts (`events`) when asked: what is known of a lead comes before, between and after its
states, in any order, and a row that is written once cannot know what comes later. Within a journey (epoch, offset) is
the order; `at` may be the same. docs/analytics.md tells analysts of each column.
"""

# ruff: noqa: S608  of nothing but our own constants

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LEAD_STATES: Final[Mapping[str, str]] = {
    "LeadCreated": "new",
    "LeadContacted": "contacted",
    "LeadEngaged": "engaged",
    "LeadQualificationStarted": "qualifying",
    "LeadQualified": "qualified",
    "LeadHandedOff": "handed_off",
    "LeadWon": "won",
    "LeadLost": "lost",
    "LeadDisqualified": "disqualified",
    "LeadOptedOut": "opted_out",
    "LeadDormant": "dormant",
}
"""Topic → the state that a lead is in from then on. A test holds it against the aggregate."""

LEAD_STATE_SAID: Final = ("LeadReopened", "HandoffUndone")
"""Topics that say the state themselves, in the column `status`."""

DEAL_STATES: Final[Mapping[str, str]] = {
    "DealOpened": "open",
    "DealWon": "won",
    "DealLost": "lost",
    "DealReopened": "open",
    "DealWithdrawn": "withdrawn",
}


def listed(words: Mapping[str, str] | tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def state_by(states: Mapping[str, str], otherwise: str) -> str:
    return f"transform(toString(e.topic), [{listed(states)}], [{listed(tuple(states.values()))}], {otherwise})"


PLACE: Final = "(e.epoch, e.`offset`)"
_MOVES: Final = listed((*LEAD_STATES, *LEAD_STATE_SAID))
_LEAD_STATE: Final = state_by(LEAD_STATES, "toString(e.status)")
_DEAL_STATE: Final = state_by(DEAL_STATES, "''")
_TOUCH: Final = {"source": "channel", "campaign": "campaign", "ad_set": "ad_set", "ad": "ad"}
"""Of a touch: name in the views → column of the facts."""


def _touched(which: str, pick: str, of: str = "e", when: str = "") -> str:
    """first_source, … of the first or last touch."""
    function, condition = (f"{pick}If", f", {when}") if when else (pick, "")
    return ", ".join(
        f"toString({function}({of}.{column}, ({of}.epoch, {of}.`offset`){condition})) AS {which}_{name}"
        for name, column in _TOUCH.items()
    )


_TOUCHED: Final = "e.topic = 'LeadTouched'"
_FIRST: Final = ", ".join(f"first_{name}" for name in _TOUCH)
_LAST: Final = ", ".join(f"last_{name}" for name in _TOUCH)

SELLING: Final[Mapping[str, str]] = {
    # one row a stay in a state; undone: of a handoff that was as if it had not been
    "lead_states": "SELECT company, lead, state, since, until, dateDiff('millisecond', since, until) AS ms, "
    "undone FROM (SELECT e.company AS company, substring(e.journey, 6) AS lead, "
    f"{_LEAD_STATE} AS state, e.at AS since, "
    "leadInFrame(toNullable(e.at)) OVER (PARTITION BY e.company, e.journey ORDER BY e.epoch, e.`offset` "
    "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS until, "
    "e.topic = 'LeadHandedOff' AND (e.company, e.journey, e.deal) IN (SELECT u.company, u.journey, u.deal "
    "FROM {db}.events AS u WHERE u.topic = 'HandoffUndone') AS undone "
    f"FROM {{db}}.events AS e WHERE e.topic IN ({_MOVES}))",
    # one row a lead; '' where nothing is known
    "leads": "SELECT e.company AS company, substring(e.journey, 6) AS lead, "
    "minIf(e.at, e.topic = 'LeadCreated') AS created_at, "
    f"toString(argMinIf(e.channel, {PLACE}, e.topic = 'LeadCreated')) AS channel, "
    f"toString(argMinIf(e.centurion, {PLACE}, e.topic = 'TurnClosed')) AS centurion, "
    f"countIf({_TOUCHED}) AS touches, {_touched('first', 'argMin', when=_TOUCHED)}, "
    f"{_touched('last', 'argMax', when=_TOUCHED)}, "
    f"argMaxIf({_LEAD_STATE}, {PLACE}, e.topic IN ({_MOVES})) AS state, "
    f"maxIf(e.at, e.topic IN ({_MOVES})) AS state_at "
    f"FROM {{db}}.events AS e WHERE e.topic IN ('LeadTouched', 'TurnClosed', {_MOVES}) "
    "GROUP BY e.company, e.journey HAVING countIf(e.topic = 'LeadCreated') > 0",
    # a lead counts once for each state that it ever reached, on the day when it first did
    "funnel": f"SELECT l.company AS company, toDate(l.created_at) AS cohort, toDate(r.reached_at) AS day, centurion, "
    f"channel, {_FIRST}, r.state AS state, count() AS leads, countIf(l.state = r.state) AS still "
    "FROM (SELECT s.company AS company, s.lead AS lead, s.state AS state, min(s.since) AS reached_at "
    "FROM {lead_states} AS s WHERE NOT s.undone GROUP BY s.company, s.lead, s.state) AS r "
    "INNER JOIN {leads} AS l ON l.company = r.company AND l.lead = r.lead "
    f"GROUP BY company, cohort, day, centurion, channel, {_FIRST}, r.state",
    # ms: of the stays that are over; still_since: of the one that is not
    "lead_state_times": "SELECT s.company AS company, s.lead AS lead, s.state AS state, "
    "countIf(isNotNull(s.until)) AS stays, sumIf(assumeNotNull(s.ms), isNotNull(s.until)) AS ms, "
    "maxIf(toNullable(s.since), isNull(s.until)) AS still_since FROM {lead_states} AS s "
    "GROUP BY s.company, s.lead, s.state",
    # whole numbers and exact quantiles: two generations are compared by what their views show
    "state_times": "SELECT t.company AS company, t.state AS state, countIf(t.stays > 0) AS leads, "
    "countIf(isNotNull(t.still_since)) AS still, avgIfOrNull(t.ms, t.stays > 0) AS ms_avg, "
    "quantileExactIfOrNull(0.5)(t.ms, t.stays > 0) AS ms_p50, "
    "quantileExactIfOrNull(0.9)(t.ms, t.stays > 0) AS ms_p90 FROM {lead_state_times} AS t "
    "GROUP BY t.company, t.state",
    # one row a deal; value and currency as said last, '' where nothing was said
    "deals": "SELECT e.company AS company, substring(e.journey, 6) AS lead, e.deal AS deal, "
    "minIf(e.at, e.topic = 'DealOpened') AS opened_at, "
    f"toString(argMaxIf(e.pipeline, {PLACE}, e.topic IN ('DealOpened', 'DealMoved'))) AS pipeline, "
    f"toString(argMaxIf(e.stage, {PLACE}, e.topic IN ('DealOpened', 'DealMoved'))) AS stage, "
    f"argMaxIf(e.value, {PLACE}, e.currency != '') AS value, "
    f"toString(argMaxIf(e.currency, {PLACE}, e.currency != '')) AS currency, "
    f"argMaxIf({_DEAL_STATE}, {PLACE}, e.topic IN ({listed(DEAL_STATES)})) AS state, "
    f"maxIf(e.at, e.topic IN ({listed(DEAL_STATES)})) AS state_at, "
    f"toString(argMaxIf(e.reason, {PLACE}, e.topic IN ({listed(DEAL_STATES)}))) AS reason "
    f"FROM {{db}}.events AS e WHERE e.topic IN ('DealMoved', 'DealValued', {listed(DEAL_STATES)}) "
    "GROUP BY e.company, e.journey, e.deal HAVING countIf(e.topic = 'DealOpened') > 0",
    # deals that are won now: the touches are those before the win, for a later ad did not sell it
    "revenue": "SELECT d.company AS company, toDate(d.state_at) AS day, d.pipeline AS pipeline, centurion, channel, "
    + ", ".join(f"t.{which}_{name} AS {which}_{name}" for which in ("first", "last") for name in _TOUCH)
    + ", d.currency AS currency, count() AS deals, sum(d.value) AS value FROM {deals} AS d "
    "INNER JOIN {leads} AS l ON l.company = d.company AND l.lead = d.lead LEFT JOIN ("
    f"SELECT w.company AS company, w.deal AS deal, {_touched('first', 'argMin')}, {_touched('last', 'argMax')} "
    "FROM {deals} AS w INNER JOIN (SELECT x.company AS company, substring(x.journey, 6) AS lead, x.at AS at, "
    "x.epoch AS epoch, x.`offset` AS `offset`, x.channel AS channel, x.campaign AS campaign, x.ad_set AS ad_set, "
    "x.ad AS ad FROM {db}.events AS x WHERE x.topic = 'LeadTouched') AS e "
    "ON e.company = w.company AND e.lead = w.lead WHERE w.state = 'won' AND e.at <= w.state_at "
    "GROUP BY w.company, w.deal) AS t ON t.company = d.company AND t.deal = d.deal WHERE d.state = 'won' "
    f"GROUP BY company, day, pipeline, centurion, channel, {_FIRST}, {_LAST}, currency",
}
"""View → its SELECT. `{db}`: the generation; `{leads}` and so on: a view before it."""
