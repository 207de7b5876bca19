"""Deals, what they are about, and what is done about them."""

from __future__ import annotations

from domain.deal import events as d
from domain.deal.parts import DealState
from domain.kernel.actor import ActorKind
from domain.kernel.sealed import ActivityText, BriefText
from projections.engine.columns import Int, Json, Text, Time, Words, WordsJson
from projections.engine.ops import Ops, change, put, remove
from projections.engine.seen import Seen
from projections.engine.table import Table


class Deals(Table):
    """state: open, won, lost or withdrawn. value: in the currency's smallest unit. stage_at: since when it stands
    there. held_stage_id, held_missing: where a rule would have moved it since, and what it lacked of what is required
    there. reason: of its end, one of its pipeline's."""

    ERASED_BY = "lead_id"
    INDEXES = (
        "(company_id, lead_id)",
        # What a board sums up and what the policy asks is in the index: it reads no row of the table.
        "(company_id, pipeline_id, stage_id, stage_at, id) include (lead_id, currency, value) where state = 'open'",
        "(company_id, opened_at, id)",
        "(opened_at, id)",
    )

    id: Text
    lead_id: Text
    pipeline_id: Text
    stage_id: Text
    stage_at: Time
    held_stage_id: Text | None
    held_missing: Json | None
    state: Text = "open"
    reason: Text | None
    value: Int | None
    currency: Text | None
    brief: WordsJson
    briefed_at: Time | None
    opened_at: Time
    closed_at: Time | None

    def DealOpened(self, e: Seen[d.DealOpened]) -> Ops:
        event = e.event
        return put(
            event.deal,
            lead_id=event.lead,
            pipeline_id=event.pipeline,
            stage_id=event.stage,
            stage_at=e.at,
            value=event.value.minor if event.value else None,
            currency=event.value.currency if event.value else None,
            opened_at=e.at,
        )

    def DealMoved(self, e: Seen[d.DealMoved]) -> Ops:
        event = e.event
        return change(
            event.deal,
            pipeline_id=event.pipeline,
            stage_id=event.stage,
            stage_at=e.at,
            held_stage_id=None,
            held_missing=None,
        )

    def DealHeldBack(self, e: Seen[d.DealHeldBack]) -> Ops:
        return change(e.event.deal, held_stage_id=e.event.stage, held_missing=list(e.event.missing))

    def DealValued(self, e: Seen[d.DealValued]) -> Ops:
        return change(e.event.deal, value=e.event.value.minor, currency=e.event.value.currency)

    def DealWon(self, e: Seen[d.DealWon]) -> Ops:
        return change(e.event.deal, state=DealState.WON, reason=e.event.reason, closed_at=e.at)

    def DealLost(self, e: Seen[d.DealLost]) -> Ops:
        return change(e.event.deal, state=DealState.LOST, reason=e.event.reason, closed_at=e.at)

    def DealReopened(self, e: Seen[d.DealReopened]) -> Ops:
        return change(e.event.deal, state=DealState.OPEN, reason=None, closed_at=None)

    def DealWithdrawn(self, e: Seen[d.DealWithdrawn]) -> Ops:
        return change(e.event.deal, state=DealState.WITHDRAWN, closed_at=e.at)

    def DealBriefed(self, e: Seen[d.DealBriefed]) -> Ops:
        return change(e.event.deal, brief=e.json(BriefText, e.event.brief), briefed_at=e.at)


class DealItems(Table):
    """number: from 1. price: of one, in the deal's currency's smallest unit."""

    KEY = ("deal_id", "number")

    deal_id: Text
    number: Int
    service_id: Text
    quantity: Int = 1
    price: Int

    def DealValued(self, e: Seen[d.DealValued]) -> Ops:
        deal, items = e.event.deal, e.event.items
        told = tuple(
            put(deal, number, service_id=item.service, quantity=item.quantity, price=item.price)
            for number, item in enumerate(items, 1)
        )
        return *told, *(remove(deal, number) for number in range(len(items) + 1, e.event.before + 1))


class Activities(Table):
    """kind: note, task, call, meeting or file. user_id: who wrote it, None where no person did."""

    ERASED_BY = "lead_id"
    INDEXES = ("(company_id, deal_id, created_at, id)", "(company_id, due_at, id) where done_at is null")

    id: Text
    deal_id: Text
    lead_id: Text
    kind: Text
    text: Words
    file_id: Text | None
    user_id: Text | None
    due_at: Time | None
    done_at: Time | None
    created_at: Time

    def ActivityAdded(self, e: Seen[d.ActivityAdded]) -> Ops:
        event, actor = e.event, e.meta.actor
        return put(
            event.activity,
            deal_id=event.deal,
            lead_id=e.lead,
            kind=event.kind,
            text=e.text(ActivityText, event.text),
            file_id=event.file,
            user_id=actor.id if actor.kind is ActorKind.USER else None,
            due_at=event.due_at,
            created_at=e.at,
        )

    def ActivityDone(self, e: Seen[d.ActivityDone]) -> Ops:
        return change(e.event.activity, done_at=e.at)
