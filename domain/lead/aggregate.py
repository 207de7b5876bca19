"""A lead: one person to one company, by all the ids that the vault knows of them."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from domain.effect import events as x
from domain.kernel.stream import Stream, evolves
from domain.lead import events as ld
from domain.lead.life import LeadState
from domain.lead.parts import ConsentFor, FactBy, Touch
from domain.lead.policies import rerun_key


class Known(NamedTuple):
    """A fact without its words: as the event has it."""

    by: FactBy
    digest: str
    points: int
    confidence: int
    source: str | None


class Lead(Stream):
    """company: whose lead it is; "" before the first message. aliases: hashes linked so far; bounded by the vault,
    which finds or makes them. assigned_user, assigned_team: who works on it, None: nobody. moved: keys of open re-runs.
    erased, forgotten, completed: how far an erasure is.

    awaited: when somebody looks whether they are asleep, None: nobody does.

    state: how far they are (life.py); before: what it was before the handoff. deal: the newest one. assists: the
    Centurion goes on after the handoff. facts: by their key. intent: what they want, as far as it is known, and who
    says so."""

    CATEGORY = "lead"

    def begin(self) -> None:
        self.created = False
        self.company = ""
        self.aliases: set[str] = set()
        self.name_digest: str | None = None
        self.opted_out = False
        self.assigned_user: str | None = None
        self.assigned_team: str | None = None
        self.closed = False
        self.erased = False
        self.forgotten = False
        self.completed = False
        self.moved: set[str] = set()
        self.awaited: datetime | None = None
        self.state = LeadState.NEW
        self.before = LeadState.NEW
        self.deal: str | None = None
        self.handed_at: datetime | None = None
        self.assists = False
        self.facts: dict[str, Known] = {}
        self.intent: str | None = None
        self.intent_by: FactBy | None = None
        self.touch: Touch | None = None
        self.consents: dict[ConsentFor, bool] = {}

    @property
    def score(self) -> int:
        """Points of all that is known."""
        return sum(fact.points for fact in self.facts.values())

    @property
    def quiet(self) -> bool:
        """The Centurion opens no turn: people sell."""
        return self.state is LeadState.HANDED_OFF and not self.assists

    @property
    def owner(self) -> str | None:
        return self.company or None

    @property
    def ended(self) -> str | None:
        return "lead_erased" if self.erased else None

    @evolves(ld.LeadCreated)
    def _created(self, event: ld.LeadCreated) -> None:
        self.created = True
        self.company = event.company

    @evolves(ld.AliasLinked)
    def _alias_linked(self, event: ld.AliasLinked) -> None:
        self.aliases.add(event.alias_hash)

    @evolves(ld.ContactUpdated)
    def _contact_updated(self, event: ld.ContactUpdated) -> None:
        self.name_digest = event.name_digest

    @evolves(ld.OptOutRecorded)
    def _opted_out(self, _event: ld.OptOutRecorded) -> None:
        self.opted_out = True

    @evolves(ld.LeadOptedOut)
    def _left_alone(self, _event: ld.LeadOptedOut) -> None:
        self.state, self.awaited = LeadState.OPTED_OUT, None

    @evolves(ld.SilenceAwaited)
    def _silence_awaited(self, event: ld.SilenceAwaited) -> None:
        self.awaited = event.due

    @evolves(ld.LeadDormant)
    def _dormant(self, _event: ld.LeadDormant) -> None:
        self.state, self.awaited = LeadState.DORMANT, None

    @evolves(ld.LeadAssigned)
    def _assigned(self, event: ld.LeadAssigned) -> None:
        self.assigned_user, self.assigned_team = event.user, event.team

    @evolves(ld.LeadContacted)
    def _contacted(self, _event: ld.LeadContacted) -> None:
        self.state = LeadState.CONTACTED

    @evolves(ld.LeadEngaged)
    def _engaged(self, _event: ld.LeadEngaged) -> None:
        self.state = LeadState.ENGAGED

    @evolves(ld.LeadQualificationStarted)
    def _qualifying(self, _event: ld.LeadQualificationStarted) -> None:
        self.state = LeadState.QUALIFYING

    @evolves(ld.LeadQualified)
    def _qualified(self, _event: ld.LeadQualified) -> None:
        self.state = LeadState.QUALIFIED

    @evolves(ld.LeadDisqualified)
    def _disqualified(self, _event: ld.LeadDisqualified) -> None:
        self.state, self.awaited = LeadState.DISQUALIFIED, None

    @evolves(ld.LeadReopened)
    def _reopened(self, event: ld.LeadReopened) -> None:
        self.state = event.state

    @evolves(ld.LeadHandedOff)
    def _handed_off(self, event: ld.LeadHandedOff) -> None:
        self.before, self.state = self.state, LeadState.HANDED_OFF
        self.deal, self.handed_at, self.assists = event.deal, event.timestamp, event.assists
        self.awaited = None

    @evolves(ld.HandoffUndone)
    def _handoff_undone(self, event: ld.HandoffUndone) -> None:
        self.state, self.deal, self.handed_at = event.state, None, None

    @evolves(ld.LeadWon)
    def _won(self, _event: ld.LeadWon) -> None:
        self.state = LeadState.WON

    @evolves(ld.LeadLost)
    def _lost(self, _event: ld.LeadLost) -> None:
        self.state = LeadState.LOST

    @evolves(ld.LeadFactsRecorded)
    def _facts_recorded(self, event: ld.LeadFactsRecorded) -> None:
        for fact in event.facts:
            self.facts[fact.key] = Known(event.by, fact.digest, fact.points, fact.confidence, fact.source)
        if event.intent is not None:
            self.intent, self.intent_by = event.intent, event.by

    @evolves(ld.LeadTouched)
    def _touched(self, event: ld.LeadTouched) -> None:
        self.touch = event.touch

    @evolves(ld.ConsentRecorded)
    def _consent_recorded(self, event: ld.ConsentRecorded) -> None:
        self.consents[event.purpose] = event.given

    @evolves(ld.JourneyClosed)
    def _closed(self, _event: ld.JourneyClosed) -> None:
        self.closed, self.awaited = True, None

    @evolves(ld.MessageMoved)
    def _moved(self, event: ld.MessageMoved) -> None:
        self.moved.add(rerun_key(event.provider_id, event.run))

    @evolves(ld.MessageRerun)
    def _rerun(self, event: ld.MessageRerun) -> None:
        self.moved.discard(rerun_key(event.provider_id, event.run))

    @evolves(x.EffectExpired, x.EffectAbandoned)
    def _effect_dropped(self, event: x.EffectExpired | x.EffectAbandoned) -> None:
        self.moved.discard(event.key)
        if event.kind == "dormancy":
            self.awaited = None

    @evolves(ld.LeadErased)
    def _erased(self, _event: ld.LeadErased) -> None:
        self.erased, self.awaited = True, None
        self.moved.clear()

    @evolves(ld.LeadForgotten)
    def _forgotten(self, _event: ld.LeadForgotten) -> None:
        self.forgotten = True

    @evolves(ld.ErasureCompleted)
    def _completed(self, _event: ld.ErasureCompleted) -> None:
        self.completed = True
