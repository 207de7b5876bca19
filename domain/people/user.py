"""A person with a login, and the e-mail addresses that are taken."""

from __future__ import annotations

from domain.effect import events as x
from domain.kernel.stream import Stream, evolves
from domain.people import events as p


class Email(Stream):
    """user: whose it is; None while it is free."""

    CATEGORY = "email"

    def begin(self) -> None:
        self.user: str | None = None

    @evolves(p.EmailClaimed)
    def _claimed(self, event: p.EmailClaimed) -> None:
        self.user = event.user

    @evolves(p.EmailReleased)
    def _released(self, _event: p.EmailReleased) -> None:
        self.user = None

    @evolves(x.EffectExpired, x.EffectAbandoned)
    def _effect_dropped(self, _event: x.EffectExpired | x.EffectAbandoned) -> None:
        """An address opens no effect."""


class User(Stream):
    """name_digest: keyed, of the name as last told. terms: the newest version that they accepted. forgetting: the
    effect `forget_user` is open."""

    CATEGORY = "user"

    def begin(self) -> None:
        self.registered = False
        self.disabled = False
        self.erased = self.forgetting = False
        self.name_digest = ""
        self.terms = ""

    @evolves(p.UserRegistered)
    def _registered(self, event: p.UserRegistered) -> None:
        self.registered = True
        self.name_digest, self.terms = event.name_digest, event.terms

    @evolves(p.UserRenamed)
    def _renamed(self, event: p.UserRenamed) -> None:
        self.name_digest = event.name_digest

    @evolves(p.TermsAccepted)
    def _terms_accepted(self, event: p.TermsAccepted) -> None:
        self.terms = event.terms

    @evolves(p.UserDisabled)
    def _disabled(self, _event: p.UserDisabled) -> None:
        self.disabled = True

    @evolves(p.UserEnabled)
    def _enabled(self, _event: p.UserEnabled) -> None:
        self.disabled = False

    @evolves(p.UserErased)
    def _erased(self, _event: p.UserErased) -> None:
        self.erased = self.forgetting = True

    @evolves(p.UserForgotten)
    def _forgotten(self, _event: p.UserForgotten) -> None:
        self.forgetting = False

    @evolves(x.EffectExpired, x.EffectAbandoned)
    def _effect_dropped(self, _event: x.EffectExpired | x.EffectAbandoned) -> None:
        self.forgetting = False
