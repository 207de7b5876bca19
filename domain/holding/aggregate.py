"""A company of the holding, and the short names that companies have taken."""

from __future__ import annotations

from domain.effect import events as x
from domain.holding import events as h
from domain.holding.settings import CompanySettings
from domain.kernel.stream import Stream, evolves


class Slug(Stream):
    """company: who has it; None while it is free."""

    CATEGORY = "slug"

    def begin(self) -> None:
        self.company: str | None = None

    @evolves(h.SlugClaimed)
    def _claimed(self, event: h.SlugClaimed) -> None:
        self.company = event.company

    @evolves(x.EffectExpired, x.EffectAbandoned)
    def _effect_dropped(self, _event: x.EffectExpired | x.EffectAbandoned) -> None:
        """A slug opens no effect."""


class Company(Stream):
    """provisioning: the effect `provision` is open. slug, settings: None before it is created."""

    CATEGORY = "company"

    def begin(self) -> None:
        self.created = False
        self.provisioning = False
        self.provisioned = False
        self.suspended = False
        self.archived = False
        self.name = self.slug = ""
        self.settings: CompanySettings | None = None

    @evolves(h.CompanyCreated)
    def _created(self, event: h.CompanyCreated) -> None:
        self.created = self.provisioning = True
        self.name, self.slug = event.name, event.slug
        self.settings = CompanySettings(timezone=event.timezone, locale=event.locale)

    @evolves(h.CompanyProvisioned)
    def _provisioned(self, _event: h.CompanyProvisioned) -> None:
        self.provisioned = True
        self.provisioning = False

    @evolves(h.CompanySuspended)
    def _suspended(self, _event: h.CompanySuspended) -> None:
        self.suspended = True

    @evolves(h.CompanyReactivated)
    def _reactivated(self, _event: h.CompanyReactivated) -> None:
        self.suspended = False

    @evolves(h.CompanyRenamed)
    def _renamed(self, event: h.CompanyRenamed) -> None:
        self.name = event.name

    @evolves(h.CompanySlugChanged)
    def _slug_changed(self, event: h.CompanySlugChanged) -> None:
        self.slug = event.slug

    @evolves(h.CompanySettingsChanged)
    def _settings_changed(self, event: h.CompanySettingsChanged) -> None:
        self.settings = event.settings

    @evolves(h.CompanyArchived)
    def _archived(self, _event: h.CompanyArchived) -> None:
        self.archived = True

    @evolves(x.EffectExpired, x.EffectAbandoned)
    def _effect_dropped(self, _event: x.EffectExpired | x.EffectAbandoned) -> None:
        self.provisioning = False
