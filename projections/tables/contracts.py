"""Contracts of a company: there from the first day, nothing writes them yet."""

from __future__ import annotations

from projections.engine.columns import Text, Time
from projections.engine.table import Table


class Contracts(Table):
    """state: drafted, sent, viewed, signed, completed, refused, expired or cancelled."""

    INDEXES = ("(company_id, deal_id)",)

    id: Text
    deal_id: Text
    state: Text = "drafted"
    created_at: Time
    sent_at: Time | None
    ended_at: Time | None
