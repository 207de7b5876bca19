"""What a company sells and to whom: its schema shows these from the first day, and nothing writes them yet."""

from __future__ import annotations

from projections.engine.columns import Bool, Int, Text, Time
from projections.engine.table import Table


class Pipelines(Table):
    """position: among the company's pipelines, from 0."""

    id: Text
    name: Text
    position: Int = 0
    retired: Bool = False


class Stages(Table):
    """position: in its pipeline, from 0. probability: of being won, per cent."""

    id: Text
    pipeline_id: Text
    name: Text
    position: Int = 0
    probability: Int | None
    retired: Bool = False


class Services(Table):
    """price: in the currency's smallest unit."""

    id: Text
    name: Text
    price: Int
    currency: Text
    retired: Bool = False


class Contracts(Table):
    """state: drafted, sent, viewed, signed, completed, refused, expired or cancelled."""

    INDEXES = ("(company_id, deal_id)",)

    id: Text
    deal_id: Text
    state: Text = "drafted"
    created_at: Time
    sent_at: Time | None
    ended_at: Time | None
