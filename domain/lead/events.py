"""Events of a lead, the first stream of a lead's journey."""

from __future__ import annotations

from datetime import datetime

from domain.kernel.event import Event, event
from domain.kernel.sealed import AliasValue, ContactName
from domain.lead.parts import AssignReason, ErasureReason


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
