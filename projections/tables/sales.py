"""What a company sells to whom: its schema shows these from the first day, and nothing writes them yet."""

from __future__ import annotations

from projections.engine.columns import Int, Text, Time
from projections.engine.table import Table


class Deals(Table):
    """state: open, won or lost. value: in the currency's smallest unit."""

    INDEXES = ("(company_id, lead_id)", "(company_id, pipeline_id, stage_id)")

    id: Text
    lead_id: Text
    pipeline_id: Text
    stage_id: Text
    state: Text = "open"
    value: Int | None
    currency: Text | None
    opened_at: Time
    closed_at: Time | None


class DealItems(Table):
    """price: of one, in the deal's currency's smallest unit."""

    KEY = ("deal_id", "number")

    deal_id: Text
    number: Int
    service_id: Text
    quantity: Int = 1
    price: Int


class Activities(Table):
    """kind: note, task or file."""

    INDEXES = ("(company_id, deal_id)",)

    id: Text
    deal_id: Text
    kind: Text
    user_id: Text | None
    due_at: Time | None
    done_at: Time | None
    created_at: Time


class Contracts(Table):
    """state: drafted, sent, viewed, signed, completed, refused, expired or cancelled."""

    INDEXES = ("(company_id, deal_id)",)

    id: Text
    deal_id: Text
    state: Text = "drafted"
    created_at: Time
    sent_at: Time | None
    ended_at: Time | None
