"""Companies, as the holding sees them and each sees itself."""

from __future__ import annotations

from domain.holding import events as h
from projections.engine.columns import Bool, Text, Time
from projections.engine.ops import Ops, change, put
from projections.engine.seen import Seen
from projections.engine.table import Table


class Companies(Table):
    """A company's row belongs to itself, though its events are the holding's."""

    id: Text
    slug: Text
    name: Text
    timezone: Text
    locale: Text
    suspended: Bool = False
    provisioned: Bool = False
    created_at: Time

    def CompanyCreated(self, e: Seen[h.CompanyCreated]) -> Ops:
        of = e.event
        return put(
            of.company,
            company=of.company,
            slug=of.slug,
            name=of.name,
            timezone=of.timezone,
            locale=of.locale,
            created_at=e.at,
        )

    def CompanyProvisioned(self, e: Seen[h.CompanyProvisioned]) -> Ops:
        return change(e.event.company, company=e.event.company, provisioned=True)

    def CompanySuspended(self, e: Seen[h.CompanySuspended]) -> Ops:
        return change(e.event.company, company=e.event.company, suspended=True)

    def CompanyReactivated(self, e: Seen[h.CompanyReactivated]) -> Ops:
        return change(e.event.company, company=e.event.company, suspended=False)
