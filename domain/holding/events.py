"""Events of the holding's journey: which companies there are."""

from __future__ import annotations

from domain.holding.settings import CompanySettings
from domain.kernel.event import Event, event


@event("SlugClaimed", stream="slug")
class SlugClaimed(Event):
    """A company's short name is taken, in the commit that needs it."""

    slug: str
    company: str


@event("CompanyCreated", stream="company")
class CompanyCreated(Event):
    """A tenant exists; its schema of views is not there yet. timezone: IANA name. locale: BCP 47."""

    company: str
    slug: str
    name: str
    timezone: str
    locale: str


@event("CompanyProvisioned", stream="company")
class CompanyProvisioned(Event):
    """The company's schema of views is there."""

    company: str


@event("CompanySuspended", stream="company")
class CompanySuspended(Event):
    """A gate: inbound is still recorded, nothing is answered or sent."""

    company: str
    reason: str


@event("CompanyReactivated", stream="company")
class CompanyReactivated(Event):
    """The gate is open again."""

    company: str


@event("CompanyRenamed", stream="company")
class CompanyRenamed(Event):
    """Another name to be shown."""

    company: str
    name: str


@event("CompanySlugChanged", stream="company")
class CompanySlugChanged(Event):
    """Another short name. before: the old one, which stays the company's, so that nobody else can pass for it."""

    company: str
    slug: str
    before: str


@event("CompanySettingsChanged", stream="company")
class CompanySettingsChanged(Event):
    """All settings as they are from now on, and as they were."""

    company: str
    settings: CompanySettings
    before: CompanySettings


@event("CompanyArchived", stream="company")
class CompanyArchived(Event):
    """For good: the gate stays closed, the history stays readable."""

    company: str
    reason: str
