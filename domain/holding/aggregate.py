"""A company of the holding, and the short names that companies have taken."""

from __future__ import annotations

from domain.effect import events as x
from domain.holding import events as h
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
    """provisioning: the effect `provision` is open."""

    CATEGORY = "company"

    def begin(self) -> None:
        self.created = False
        self.provisioning = False
        self.provisioned = False
        self.suspended = False

    @evolves(h.CompanyCreated)
    def _created(self, _event: h.CompanyCreated) -> None:
        self.created = self.provisioning = True

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

    @evolves(x.EffectExpired, x.EffectAbandoned)
    def _effect_dropped(self, _event: x.EffectExpired | x.EffectAbandoned) -> None:
        self.provisioning = False
