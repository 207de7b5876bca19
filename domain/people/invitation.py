"""An invitation, until it is accepted, revoked or too old."""

from __future__ import annotations

from datetime import datetime

from domain.effect import events as x
from domain.kernel.stream import Stream, evolves
from domain.people import events as p


class Invitation(Stream):
    """company, user, role: what it is for; "" before it is issued. open: may be accepted, if it is not too old.
    mailing: the effect `invite` is open."""

    CATEGORY = "invitation"

    def begin(self) -> None:
        self.company = self.user = self.role = self.email_hash = ""
        self.expires_at: datetime | None = None
        self.open = self.mailing = self.asked_again = False

    @evolves(p.InvitationIssued)
    def _issued(self, event: p.InvitationIssued) -> None:
        self.company, self.user, self.role = event.company, event.user, event.role
        self.email_hash, self.expires_at = event.email_hash, event.expires_at
        self.open = self.mailing = True

    @evolves(p.InvitationMailed)
    def _mailed(self, _event: p.InvitationMailed) -> None:
        self.mailing = False

    @evolves(p.InvitationAskedAgain)
    def _asked_again(self, _event: p.InvitationAskedAgain) -> None:
        self.asked_again = True

    @evolves(p.InvitationRevoked, p.InvitationAccepted)
    def _over(self, _event: p.InvitationRevoked | p.InvitationAccepted) -> None:
        self.open = self.mailing = False

    @evolves(x.EffectExpired, x.EffectAbandoned)
    def _effect_dropped(self, _event: x.EffectExpired | x.EffectAbandoned) -> None:
        self.mailing = False
