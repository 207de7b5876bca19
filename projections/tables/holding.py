"""Companies, as the holding sees them and each sees itself."""

from __future__ import annotations

from dataclasses import asdict

from domain.holding import events as h
from domain.holding.settings import CompanySettings
from projections.engine.columns import Bool, Json, Text, Time
from projections.engine.ops import Ops, change, put
from projections.engine.seen import Seen
from projections.engine.table import Table


class Companies(Table):
    """A company's row belongs to itself, though its events are the holding's. hours, brand: as in `CompanySettings`."""

    id: Text
    slug: Text
    name: Text
    timezone: Text
    locale: Text
    currency: Text
    hours: Json
    brand: Json
    suspended: Bool = False
    archived: Bool = False
    provisioned: Bool = False
    created_at: Time

    def CompanyCreated(self, e: Seen[h.CompanyCreated]) -> Ops:
        of = e.event
        return put(
            of.company,
            company=of.company,
            slug=of.slug,
            name=of.name,
            created_at=e.at,
            **asdict(CompanySettings(timezone=of.timezone, locale=of.locale)),
        )

    def CompanyProvisioned(self, e: Seen[h.CompanyProvisioned]) -> Ops:
        return change(e.event.company, company=e.event.company, provisioned=True)

    def CompanySuspended(self, e: Seen[h.CompanySuspended]) -> Ops:
        return change(e.event.company, company=e.event.company, suspended=True)

    def CompanyReactivated(self, e: Seen[h.CompanyReactivated]) -> Ops:
        return change(e.event.company, company=e.event.company, suspended=False)

    def CompanyRenamed(self, e: Seen[h.CompanyRenamed]) -> Ops:
        return change(e.event.company, company=e.event.company, name=e.event.name)

    def CompanySlugChanged(self, e: Seen[h.CompanySlugChanged]) -> Ops:
        return change(e.event.company, company=e.event.company, slug=e.event.slug)

    def CompanySettingsChanged(self, e: Seen[h.CompanySettingsChanged]) -> Ops:
        return change(e.event.company, company=e.event.company, **asdict(e.event.settings))

    def CompanyArchived(self, e: Seen[h.CompanyArchived]) -> Ops:
        return change(e.event.company, company=e.event.company, archived=True)
