"""What is known of leads beside their state: answers, what brought them here, what they agree to."""

from __future__ import annotations

from domain.kernel.sealed import ClickId, FactValue
from domain.lead import events as ld
from projections.engine.columns import Bool, Int, Text, Time, Words, WordsJson
from projections.engine.ops import Ops, put
from projections.engine.seen import Seen
from projections.engine.table import Table


class LeadFacts(Table):
    """The newest answer to each question. said_by: `person` or `machine`. confidence: per cent. points: what the rules
    gave for it then. source: id of the event whose message says so."""

    KEY = ("lead_id", "key")
    ERASED_BY = "lead_id"

    lead_id: Text
    key: Text
    value: WordsJson
    said_by: Text
    confidence: Int
    points: Int
    source: Text | None
    known_at: Time

    def LeadFactsRecorded(self, e: Seen[ld.LeadFactsRecorded]) -> Ops:
        return tuple(
            put(
                e.event.lead,
                fact.key,
                value=e.json(FactValue, fact.value),
                said_by=e.event.by,
                confidence=fact.confidence,
                points=fact.points,
                source=fact.source,
                known_at=e.at,
            )
            for fact in e.event.facts
        )


class LeadTouches(Table):
    """What brought a lead here, each time. number: of the event in the lead's stream: the first touch has the least."""

    KEY = ("lead_id", "number")
    ERASED_BY = "lead_id"
    INDEXES = ("(company_id, ad)",)

    lead_id: Text
    number: Int
    source: Text
    campaign: Text | None
    ad_set: Text | None
    ad: Text | None
    click: Words
    happened_at: Time | None
    told_at: Time

    def LeadTouched(self, e: Seen[ld.LeadTouched]) -> Ops:
        touch = e.event.touch
        return put(
            e.event.lead,
            e.meta.version,
            source=touch.source,
            campaign=touch.campaign,
            ad_set=touch.ad_set,
            ad=touch.ad,
            click=e.text(ClickId, touch.click),
            happened_at=touch.happened_at,
            told_at=e.at,
        )


class LeadConsents(Table):
    """The last word on each purpose. how: where they said it."""

    KEY = ("lead_id", "purpose")

    lead_id: Text
    purpose: Text
    given: Bool
    how: Text
    said_at: Time

    def ConsentRecorded(self, e: Seen[ld.ConsentRecorded]) -> Ops:
        event = e.event
        return put(event.lead, event.purpose, given=event.given, how=event.how, said_at=e.at)
