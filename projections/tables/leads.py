"""People who wrote, and by which ids they are known."""

from __future__ import annotations

from domain.conversation import events as c
from domain.kernel.sealed import AliasValue, ContactName
from domain.lead import events as ld
from projections.engine.columns import Bool, Text, Time
from projections.engine.ops import Ops, change, put
from projections.engine.seen import Seen
from projections.engine.table import Table


class Leads(Table):
    """winner: the lead that goes on after a merge. erased: the person's key was destroyed."""

    INDEXES = ("(company_id, last_message_at, id)",)

    id: Text
    source: Text
    name: Text | None
    opted_out: Bool = False
    winner: Text | None
    erased: Bool = False
    created_at: Time
    last_message_at: Time

    def LeadCreated(self, e: Seen[ld.LeadCreated]) -> Ops:
        return put(e.event.lead, source=e.event.source, erased=e.erased, created_at=e.at, last_message_at=e.at)

    def ContactUpdated(self, e: Seen[ld.ContactUpdated]) -> Ops:
        return change(e.event.lead, name=e.text(ContactName, e.event.name))

    def OptOutRecorded(self, e: Seen[ld.OptOutRecorded]) -> Ops:
        return change(e.event.lead, opted_out=True)

    def JourneyClosed(self, e: Seen[ld.JourneyClosed]) -> Ops:
        return change(e.event.lead, winner=e.event.winner)

    def MessageReceived(self, e: Seen[c.MessageReceived]) -> Ops:
        return change(e.lead, last_message_at=e.at)


class LeadAliases(Table):
    """alias_hash: HMAC hex, tells nothing; value: the alias itself."""

    KEY = ("lead_id", "alias_hash")

    lead_id: Text
    alias_hash: Text
    scheme: Text
    value: Text | None
    linked_at: Time

    def AliasLinked(self, e: Seen[ld.AliasLinked]) -> Ops:
        value = e.text(AliasValue, e.event.value)
        return put(e.event.lead, e.event.alias_hash, scheme=e.event.scheme, value=value, linked_at=e.at)
