"""Values in commands and events of a lead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.kernel.sealed import ClickId, FactValue


class ErasureReason(StrEnum):
    """Why a person is forgotten. A code and no text: it stands in the log for ever and must not tell who it was."""

    LEAD_REQUEST = "lead_request"
    AUTHORITY_ORDER = "authority_order"
    RETENTION_OVER = "retention_over"
    RECORDED_BY_MISTAKE = "recorded_by_mistake"
    TEST_DATA = "test_data"


class AssignReason(StrEnum):
    """Why a lead is given to somebody. A code and no text, as above."""

    DISTRIBUTION = "distribution"
    BALANCE = "balance"
    LANGUAGE = "language"
    ABSENCE = "absence"
    DEPARTURE = "departure"
    LEAD_REQUEST = "lead_request"
    CORRECTION = "correction"
    HANDOFF = "handoff"


class StateReason(StrEnum):
    """Why a lead is in another state than before. A code and no text, as above."""

    FIRST_ANSWER = "first_answer"
    LEAD_ANSWERED = "lead_answered"
    FIRST_FACT = "first_fact"
    RULES_MET = "rules_met"
    BY_PERSON = "by_person"
    LEAD_WROTE = "lead_wrote"
    SILENCE = "silence"
    LEAD_REQUEST = "lead_request"
    NEW_NEED = "new_need"
    CORRECTION = "correction"
    NO_NEED = "no_need"
    NO_BUDGET = "no_budget"
    NO_AUTHORITY = "no_authority"
    OUT_OF_AREA = "out_of_area"
    COMPETITOR = "competitor"
    NOT_A_PERSON = "not_a_person"
    TEST = "test"
    OTHER = "other"


DISQUALIFYING = frozenset(
    {
        StateReason.NO_NEED,
        StateReason.NO_BUDGET,
        StateReason.NO_AUTHORITY,
        StateReason.OUT_OF_AREA,
        StateReason.COMPETITOR,
        StateReason.NOT_A_PERSON,
        StateReason.TEST,
        StateReason.OTHER,
    }
)
"""Why somebody will not buy."""

REOPENING = frozenset({StateReason.LEAD_WROTE, StateReason.NEW_NEED, StateReason.CORRECTION, StateReason.OTHER})
"""Why somebody may buy after all."""


class FactBy(StrEnum):
    """Who says so. What a person says is not changed by a machine."""

    PERSON = "person"
    MACHINE = "machine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One answer of a lead, to a question of its company. key: the question's. digest: keyed digest of the value, to
    see a change without opening. points: what the rules give for it. confidence: per cent. source: id of the event
    whose message says so; None where a person knows it otherwise."""

    key: str
    value: FactValue
    digest: str
    points: int
    confidence: int
    source: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """What qualifies, read at the edge and carried (a foreign fact). rules: their number. required: keys that must be
    answered. threshold: points that must be reached. intents: one of which the lead must have; empty: any."""

    rules: int
    required: tuple[str, ...]
    threshold: int
    intents: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """What brought a lead here, in no platform's words. source: `ctwa` (an ad that opens a chat), `link`, `form` or
    `api`. campaign, ad_set, ad: ids at the platform. click: the click's own id. happened_at: by the platform."""

    source: str
    campaign: str | None
    ad_set: str | None
    ad: str | None
    click: ClickId | None
    click_digest: str | None
    happened_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenTalk:
    """A conversation, and the version of its stream that somebody looked at."""

    conversation: str
    version: int


class ConsentFor(StrEnum):
    """What somebody agrees to."""

    MESSAGES = "messages"
    MARKETING = "marketing"
    AD_MEASUREMENT = "ad_measurement"


class ConsentHow(StrEnum):
    """Where they said it."""

    MESSAGE = "message"
    FORM = "form"
    PHONE = "phone"
    CONTRACT = "contract"
    IMPORT = "import"
