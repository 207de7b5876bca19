"""A conversion: the report of one event to Meta. Here it only evolves; the deciders stand beside."""

from __future__ import annotations

from datetime import datetime

from domain.conversion import events as v
from domain.conversion.parts import OPEN, ConversionState
from domain.effect import events as x
from domain.kernel.stream import Stream, evolves

_S = ConversionState


class Conversion(Stream):
    """lead: whose; "" before its first event. attempted_at: when it was first attempted, as long as nobody knows what
    came of it. name: Meta's, of the last attempt."""

    CATEGORY = "conversion"

    def begin(self) -> None:
        self.lead = ""
        self.state = _S.DUE
        self.attempted_at: datetime | None = None
        self.name = ""

    @property
    def open(self) -> bool:
        return self.state in OPEN

    @evolves(v.ConversionRequested)
    def _requested(self, event: v.ConversionRequested) -> None:
        self.lead = event.lead
        if event.afresh:
            self.attempted_at = None
        self.state = _S.DUE if self.attempted_at is None else _S.ATTEMPTED

    @evolves(v.ConversionHeld)
    def _held(self, event: v.ConversionHeld) -> None:
        self.lead, self.state = event.lead, _S.HELD
        if event.certain:
            self.attempted_at = None

    @evolves(v.ConversionAttempted)
    def _attempted(self, event: v.ConversionAttempted) -> None:
        self.lead, self.state = event.lead, _S.ATTEMPTED
        self.attempted_at, self.name = event.timestamp, event.name

    @evolves(v.ConversionAccepted)
    def _accepted(self, _event: v.ConversionAccepted) -> None:
        self.state, self.attempted_at = _S.ACCEPTED, None

    @evolves(v.ConversionRefused)
    def _refused(self, event: v.ConversionRefused) -> None:
        self.lead, self.state, self.attempted_at = event.lead, _S.REFUSED, None

    @evolves(v.ConversionSkipped)
    def _skipped(self, event: v.ConversionSkipped) -> None:
        self.lead, self.state = event.lead, _S.SKIPPED

    @evolves(v.ConversionExpired)
    def _expired(self, event: v.ConversionExpired) -> None:
        self.lead, self.state = event.lead, _S.EXPIRED

    @evolves(v.ConversionOutcomeUnknown)
    def _unknown(self, _event: v.ConversionOutcomeUnknown) -> None:
        self.state = _S.UNKNOWN

    @evolves(x.EffectExpired, x.EffectAbandoned)
    def _effect_dropped(self, _event: x.EffectExpired | x.EffectAbandoned) -> None:
        self.state = _S.ABANDONED
