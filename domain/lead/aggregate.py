"""A lead: one person to one company, by all the ids that the vault knows of them."""

from __future__ import annotations

from domain.effect import events as x
from domain.kernel.stream import Stream, evolves
from domain.lead import events as ld
from domain.lead.policies import rerun_key


class Lead(Stream):
    """company: whose lead it is; "" before the first message. aliases: hashes linked so far; bounded by the vault,
    which finds or makes them. assigned_user, assigned_team: who works on it, None: nobody. moved: keys of open re-runs.
    erased, forgotten, completed: how far an erasure is."""

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

    @evolves(ld.LeadAssigned)
    def _assigned(self, event: ld.LeadAssigned) -> None:
        self.assigned_user, self.assigned_team = event.user, event.team

    @evolves(ld.JourneyClosed)
    def _closed(self, _event: ld.JourneyClosed) -> None:
        self.closed = True

    @evolves(ld.MessageMoved)
    def _moved(self, event: ld.MessageMoved) -> None:
        self.moved.add(rerun_key(event.provider_id, event.run))

    @evolves(ld.MessageRerun)
    def _rerun(self, event: ld.MessageRerun) -> None:
        self.moved.discard(rerun_key(event.provider_id, event.run))

    @evolves(x.EffectExpired, x.EffectAbandoned)
    def _effect_dropped(self, event: x.EffectExpired | x.EffectAbandoned) -> None:
        self.moved.discard(event.key)

    @evolves(ld.LeadErased)
    def _erased(self, _event: ld.LeadErased) -> None:
        self.erased = True
        self.moved.clear()

    @evolves(ld.LeadForgotten)
    def _forgotten(self, _event: ld.LeadForgotten) -> None:
        self.forgotten = True

    @evolves(ld.ErasureCompleted)
    def _completed(self, _event: ld.ErasureCompleted) -> None:
        self.completed = True
