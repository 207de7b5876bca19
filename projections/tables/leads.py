"""People who wrote, and by which ids they are known."""

from __future__ import annotations

from typing import Any

from domain.conversation import events as c
from domain.kernel.sealed import AliasValue, ContactName
from domain.lead import events as ld
from domain.lead.life import LeadState
from projections.engine.columns import Bool, Text, Time, Words
from projections.engine.ops import Ops, change, put
from projections.engine.seen import Seen
from projections.engine.table import Table


class Leads(Table):
    """winner: the lead that goes on after a merge. erased: nothing personal is shown any more.

    assigned_user, assigned_team: whose it is; both NULL: nobody's. assigned_at: since when, NULL: never anybody's.

    state: how far they are (domain/lead/life.py), since state_at. deal_id: the newest deal, None where it was undone.

    erasure: None, then `completing`, then `completed`, when raw bodies of before cannot be opened any more either: not
    before bodies_until.
    """

    ERASED_BY = "id"
    INDEXES = (
        "(company_id, last_message_at, id)",
        "(company_id, winner) where winner is not null",
        "(company_id, assigned_user, assigned_team)",
        "(company_id, assigned_team) where assigned_team is not null",
    )

    id: Text
    source: Text
    name: Words
    opted_out: Bool = False
    winner: Text | None
    erased: Bool = False
    created_at: Time
    last_message_at: Time
    erasure: Text | None
    erasure_reason: Text | None
    erased_at: Time | None
    bodies_until: Time | None
    assigned_user: Text | None
    assigned_team: Text | None
    assigned_at: Time | None
    state: Text = "new"
    state_at: Time
    intent: Text | None
    deal_id: Text | None

    def LeadCreated(self, e: Seen[ld.LeadCreated]) -> Ops:
        return put(
            e.event.lead,
            source=e.event.source,
            erased=e.erased,
            created_at=e.at,
            last_message_at=e.at,
            state_at=e.at,
        )

    def ContactUpdated(self, e: Seen[ld.ContactUpdated]) -> Ops:
        return change(e.event.lead, name=e.text(ContactName, e.event.name))

    def OptOutRecorded(self, e: Seen[ld.OptOutRecorded]) -> Ops:
        return change(e.event.lead, opted_out=True)

    def LeadOptedOut(self, e: Seen[ld.LeadOptedOut]) -> Ops:
        return _now(e, LeadState.OPTED_OUT)

    def LeadContacted(self, e: Seen[ld.LeadContacted]) -> Ops:
        return _now(e, LeadState.CONTACTED)

    def LeadEngaged(self, e: Seen[ld.LeadEngaged]) -> Ops:
        return _now(e, LeadState.ENGAGED)

    def LeadQualificationStarted(self, e: Seen[ld.LeadQualificationStarted]) -> Ops:
        return _now(e, LeadState.QUALIFYING)

    def LeadQualified(self, e: Seen[ld.LeadQualified]) -> Ops:
        return _now(e, LeadState.QUALIFIED)

    def LeadDisqualified(self, e: Seen[ld.LeadDisqualified]) -> Ops:
        return _now(e, LeadState.DISQUALIFIED)

    def LeadDormant(self, e: Seen[ld.LeadDormant]) -> Ops:
        return _now(e, LeadState.DORMANT)

    def LeadReopened(self, e: Seen[ld.LeadReopened]) -> Ops:
        return _now(e, e.event.state)

    def LeadHandedOff(self, e: Seen[ld.LeadHandedOff]) -> Ops:
        return _now(e, LeadState.HANDED_OFF, deal_id=e.event.deal)

    def HandoffUndone(self, e: Seen[ld.HandoffUndone]) -> Ops:
        return _now(e, e.event.state, deal_id=None)

    def LeadWon(self, e: Seen[ld.LeadWon]) -> Ops:
        return _now(e, LeadState.WON)

    def LeadLost(self, e: Seen[ld.LeadLost]) -> Ops:
        return _now(e, LeadState.LOST)

    def LeadFactsRecorded(self, e: Seen[ld.LeadFactsRecorded]) -> Ops:
        return None if e.event.intent is None else change(e.event.lead, intent=e.event.intent)

    def LeadAssigned(self, e: Seen[ld.LeadAssigned]) -> Ops:
        return change(e.event.lead, assigned_user=e.event.user, assigned_team=e.event.team, assigned_at=e.at)

    def JourneyClosed(self, e: Seen[ld.JourneyClosed]) -> Ops:
        return change(e.event.lead, winner=e.event.winner)

    def MessageReceived(self, e: Seen[c.MessageReceived]) -> Ops:
        return change(e.lead, last_message_at=e.at)

    def LeadErased(self, e: Seen[ld.LeadErased]) -> Ops:
        return change(e.event.lead, erased=True, erasure="completing", erasure_reason=e.event.reason, erased_at=e.at)

    def LeadForgotten(self, e: Seen[ld.LeadForgotten]) -> Ops:
        return change(e.event.lead, bodies_until=e.event.bodies_until)

    def ErasureCompleted(self, e: Seen[ld.ErasureCompleted]) -> Ops:
        return change(e.event.lead, erasure="completed")


def _now(e: Seen[Any], state: LeadState, **more: Any) -> Ops:
    """The lead is that far from now on."""
    return change(e.event.lead, state=state, state_at=e.at, **more)


class LeadAliases(Table):
    """alias_hash: HMAC hex, tells nothing; value: the alias itself."""

    KEY = ("lead_id", "alias_hash")
    ERASED_BY = "lead_id"

    lead_id: Text
    alias_hash: Text
    scheme: Text
    value: Words
    linked_at: Time

    def AliasLinked(self, e: Seen[ld.AliasLinked]) -> Ops:
        value = e.text(AliasValue, e.event.value)
        return put(e.event.lead, e.event.alias_hash, scheme=e.event.scheme, value=value, linked_at=e.at)
