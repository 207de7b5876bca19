"""Events of a lead, the first stream of a lead's journey."""

from __future__ import annotations

from datetime import datetime

from domain.deal.parts import HandoffReason, UndoReason
from domain.kernel.event import Event, event
from domain.kernel.sealed import AliasValue, ContactName
from domain.lead.life import LeadState
from domain.lead.parts import AssignReason, ConsentFor, ConsentHow, ErasureReason, Fact, FactBy, StateReason, Touch


@event("LeadCreated", stream="lead")
class LeadCreated(Event):
    """A person wrote for the first time. company: to whom; nobody else commands this journey. source: the channel they
    came by."""

    lead: str
    company: str
    source: str


@event("AliasLinked", stream="lead")
class AliasLinked(Event):
    """An id of the person at a provider belongs to this lead. alias_hash: HMAC hex by the vault, tells nothing.

    The vault's alias map is rebuildable from these events.
    """

    lead: str
    scheme: str
    alias_hash: str
    value: AliasValue


@event("ContactUpdated", stream="lead")
class ContactUpdated(Event):
    """The provider says another display name. name_digest: keyed digest of it, to see a change without opening."""

    lead: str
    name: ContactName
    name_digest: str


@event("OptOutRecorded", stream="lead")
class OptOutRecorded(Event):
    """The lead asked not to be written to. Nothing is sent any more."""

    lead: str
    message: str


@event("LeadAssigned", stream="lead")
class LeadAssigned(Event):
    """Whose it is from now on: a member's, a team's, or that of a member for a team. Both None: nobody's any more."""

    lead: str
    user: str | None
    team: str | None
    reason: AssignReason


@event("JourneyClosed", stream="lead")
class JourneyClosed(Event):
    """This life goes on in another journey (`winner`, a lead's id). The merge saga that sends this comes later."""

    lead: str
    winner: str


@event("MessageMoved", stream="lead")
class MessageMoved(Event):
    """A message reached a closed journey. Its raw body, at this position of [ingress], is run again.

    run: how many times the body has been run before this event, from 1.
    """

    lead: str
    instance: str
    provider_id: str
    source_partition: int
    source_offset: int
    run: int


@event("MessageRerun", stream="lead")
class MessageRerun(Event):
    """The raw body of a moved message was run again."""

    lead: str
    provider_id: str
    run: int


@event("LeadErased", stream="lead")
class LeadErased(Event):
    """The person is forgotten: the journey takes nothing any more, its open effects end, its key is to be destroyed.

    opted_out: stays with the aliases, so that who comes back is not written to. alias_hashes, ingress_ends: of all ids
    of the person, and where in [ingress] (by partition) the time after begins: a restored vault learns both from here.
    """

    lead: str
    reason: ErasureReason
    opted_out: bool
    alias_hashes: tuple[str, ...]
    ingress_ends: tuple[int, ...]


@event("LeadForgotten", stream="lead")
class LeadForgotten(Event):
    """The key is destroyed and every store emptied. Raw bodies of before can be opened until `bodies_until`."""

    lead: str
    bodies_until: datetime


@event("ErasureCompleted", stream="lead")
class ErasureCompleted(Event):
    """The last raw body of before has aged out: nothing of the person can be read anywhere."""

    lead: str


@event("LeadContacted", stream="lead")
class LeadContacted(Event):
    """They were answered for the first time. Of this and the next: evidence: ids of the events that it stands on."""

    lead: str
    reason: StateReason
    evidence: tuple[str, ...]


@event("LeadEngaged", stream="lead")
class LeadEngaged(Event):
    """They answered back."""

    lead: str
    reason: StateReason
    evidence: tuple[str, ...]


@event("LeadQualificationStarted", stream="lead")
class LeadQualificationStarted(Event):
    """The first answer to a question of the company's is known."""

    lead: str
    reason: StateReason
    evidence: tuple[str, ...]


@event("LeadQualified", stream="lead")
class LeadQualified(Event):
    """Worth a person's time. rules: number of the rules that say so, 0 where a person does. score: points by then."""

    lead: str
    reason: StateReason
    evidence: tuple[str, ...]
    rules: int
    score: int


@event("LeadDisqualified", stream="lead")
class LeadDisqualified(Event):
    """They will not buy."""

    lead: str
    reason: StateReason
    evidence: tuple[str, ...]


@event("LeadOptedOut", stream="lead")
class LeadOptedOut(Event):
    """They are left alone, for they asked so before anything was sold."""

    lead: str
    reason: StateReason
    evidence: tuple[str, ...]


@event("SilenceAwaited", stream="lead")
class SilenceAwaited(Event):
    """Who says nothing until then may be asleep. due: when somebody looks."""

    lead: str
    due: datetime


@event("LeadDormant", stream="lead")
class LeadDormant(Event):
    """They have not written for as long as the company's rules say. evidence: the last that they wrote."""

    lead: str
    reason: StateReason
    evidence: tuple[str, ...]


@event("LeadReopened", stream="lead")
class LeadReopened(Event):
    """They may buy after all. state: how far they are now."""

    lead: str
    state: LeadState
    reason: StateReason
    evidence: tuple[str, ...]


@event("LeadHandedOff", stream="lead")
class LeadHandedOff(Event):
    """People sell from now on. deal: opened in the same commit. assists: the Centurion goes on answering."""

    lead: str
    deal: str
    reason: HandoffReason
    evidence: tuple[str, ...]
    assists: bool


@event("HandoffUndone", stream="lead")
class HandoffUndone(Event):
    """As if it had not been: the deal is withdrawn in the same commit. state: as before the handoff."""

    lead: str
    deal: str
    state: LeadState
    reason: UndoReason


@event("LeadWon", stream="lead")
class LeadWon(Event):
    """A customer: the deal was won in the same commit."""

    lead: str
    deal: str
    evidence: tuple[str, ...]


@event("LeadLost", stream="lead")
class LeadLost(Event):
    """The deal was lost in the same commit."""

    lead: str
    deal: str
    evidence: tuple[str, ...]


@event("LeadFactsRecorded", stream="lead")
class LeadFactsRecorded(Event):
    """What is known of them now, beside what was. by: who says so. intent: what they want, as far as it is known;
    extraction: the reading of their words that found it, by its turn's reply (see TurnRead); None where it was told."""

    lead: str
    by: FactBy
    facts: tuple[Fact, ...]
    intent: str | None
    extraction: str | None


@event("LeadTouched", stream="lead")
class LeadTouched(Event):
    """What brought them here. The first one is the first touch, the newest the last. evidence: the message's event."""

    lead: str
    touch: Touch
    evidence: tuple[str, ...]


@event("ConsentRecorded", stream="lead")
class ConsentRecorded(Event):
    """They agree, or do not any more. evidence: the events where they said it."""

    lead: str
    purpose: ConsentFor
    given: bool
    how: ConsentHow
    evidence: tuple[str, ...]
