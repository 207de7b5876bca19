"""Views of what follows a deal: contracts, and what the ads' platform said of the conversions that it was told.

As in `selling.py`, all follows from the facts when asked, and (epoch, offset) is the order within a journey.
"""

# ruff: noqa: S608  of nothing but our own constants

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from projections.clickhouse.selling import PLACE, listed, state_by

CONTRACT_STATES: Final[Mapping[str, str]] = {
    "ContractDrafted": "drafted",
    "ContractSendAsked": "sending",
    "ContractSent": "sent",
    "ContractFailed": "failed",
    "ContractOutcomeUnknown": "outcome_unknown",
    "ContractSearchAsked": "searching",
    "ContractNeverMade": "drafted",
    "ContractSignerSigned": "signed",
    "ContractSigned": "completed",
    "ContractRefused": "refused",
    "ContractExpired": "expired",
    "ContractCancelled": "cancelled",
}
"""Topic → state. That it was viewed is told by a time of its own."""

CONVERSION_STATES: Final[Mapping[str, str]] = {
    "ConversionRequested": "due",
    "ConversionHeld": "held",
    "ConversionAttempted": "attempted",
    "ConversionAccepted": "accepted",
    "ConversionRefused": "refused",
    "ConversionSkipped": "skipped",
    "ConversionExpired": "expired",
    "ConversionOutcomeUnknown": "unknown",
    "EffectExpired": "abandoned",
    "EffectAbandoned": "abandoned",
}

_CONTRACT: Final = state_by(CONTRACT_STATES, "''")
_CONVERSION: Final = state_by(CONVERSION_STATES, "''")
_CONTRACT_TOPICS: Final = listed(CONTRACT_STATES)
_DRAFT: Final = "e.topic = 'ContractDrafted'"
_ATTEMPT: Final = "e.topic = 'ConversionAttempted'"
_REFUSED: Final = "e.topic = 'ConversionRefused'"
_KIND: Final = "startsWith(toString(e.topic), 'Conversion') AND e.kind != ''"
_PIXEL: Final = "e.pixel != ''"


def _first(topic: str) -> str:
    return f"minIf(toNullable(e.at), e.topic = '{topic}')"


def _last(column: str, when: str) -> str:
    return f"argMaxIf(e.{column}, {PLACE}, {when})"


_OPEN: Final = "c.state IN ('due', 'held', 'attempted')"

CLOSING: Final[Mapping[str, str]] = {
    # one row a contract
    "contracts": "SELECT e.company AS company, substring(e.journey, 6) AS lead, e.contract AS contract, "
    f"{_last('deal', _DRAFT)} AS deal, "
    f"{_last('sandbox', _DRAFT)} AS sandbox, "
    f"assumeNotNull({_first('ContractDrafted')}) AS drafted_at, {_first('ContractSent')} AS sent_at, "
    f"{_first('ContractViewed')} AS viewed_at, {_first('ContractSigned')} AS completed_at, "
    f"argMaxIf({_CONTRACT}, {PLACE}, e.topic IN ({_CONTRACT_TOPICS})) AS state, "
    f"maxIf(e.at, e.topic IN ({_CONTRACT_TOPICS})) AS state_at "
    f"FROM {{db}}.events AS e WHERE e.topic IN ('ContractViewed', {_CONTRACT_TOPICS}) "
    "GROUP BY e.company, e.journey, e.contract HAVING countIf(e.topic = 'ContractDrafted') > 0",
    # what became of those drafted on a day
    "contract_days": "SELECT c.company AS company, toDate(c.drafted_at) AS day, c.sandbox AS sandbox, "
    "count() AS drafted, countIf(isNotNull(c.sent_at)) AS sent, countIf(isNotNull(c.viewed_at)) AS viewed, "
    + ", ".join(
        f"countIf(c.state = '{state}') AS {state}"
        for state in ("completed", "refused", "expired", "cancelled", "failed", "outcome_unknown")
    )
    + ", quantileExactIfOrNull(0.5)(dateDiff('millisecond', assumeNotNull(c.sent_at), assumeNotNull(c.completed_at)), "
    "isNotNull(c.sent_at) AND isNotNull(c.completed_at)) AS sign_ms_p50 "
    "FROM {contracts} AS c GROUP BY c.company, day, c.sandbox",
    # one row a report to the ads' platform
    "conversions": "SELECT e.company AS company, substring(e.journey, 6) AS lead, "
    "substring(e.stream, 12) AS conversion, "
    f"toString({_last('kind', _KIND)}) AS milestone, "
    f"toString({_last('pixel', _PIXEL)}) AS pixel, "
    f"toString({_last('name', _ATTEMPT)}) AS name, "
    f"toString({_last('channel', _ATTEMPT)}) AS action_source, "
    f"{_last('value', _ATTEMPT)} AS value, "
    f"toString({_last('currency', _ATTEMPT)}) AS currency, "
    f"countIf({_ATTEMPT}) AS attempts, min(e.at) AS first_at, "
    f"{_first('ConversionAccepted')} AS accepted_at, "
    f"argMax({_CONVERSION}, {PLACE}) AS state, max(e.at) AS state_at, "
    f"toString({_last('code', _REFUSED)}) AS code "
    f"FROM {{db}}.events AS e WHERE e.category = 'conversion' AND e.topic IN ({listed(CONVERSION_STATES)}) "
    "GROUP BY e.company, e.journey, e.stream",
    # acceptance, by the day on which something was first done about it
    "conversion_days": "SELECT c.company AS company, toDate(c.first_at) AS day, c.pixel AS pixel, "
    "c.milestone AS milestone, c.name AS name, count() AS conversions, "
    + ", ".join(
        f"countIf(c.state = '{state}') AS {state}"
        for state in ("accepted", "refused", "skipped", "expired", "unknown", "abandoned")
    )
    + f", countIf({_OPEN}) AS open, sum(c.attempts) AS attempts FROM {{conversions}} AS c "
    "GROUP BY c.company, day, c.pixel, c.milestone, c.name",
}
"""View → its SELECT, as in `selling.SELLING`."""
