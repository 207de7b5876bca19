"""What a company reports to Meta: there from the first day, nothing writes it yet."""

from __future__ import annotations

from projections.engine.columns import Bool, Int, Text, Time
from projections.engine.table import Table


class PixelConfigs(Table):
    """pixel: its id at Meta; the token is the vault's. centurion_id: None for the whole company's."""

    id: Text
    pixel: Text
    centurion_id: Text | None
    test_code: Text | None
    retired: Bool = False


class MarketingEvents(Table):
    """name: Meta's. state: due, accepted, refused or expired. value: in the currency's smallest unit."""

    INDEXES = ("(company_id, lead_id)",)

    id: Text
    lead_id: Text
    pixel_id: Text
    name: Text
    state: Text = "due"
    value: Int | None
    currency: Text | None
    happened_at: Time
    answered_at: Time | None
