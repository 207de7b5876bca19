"""Second half of the pure core: readings and what the edge knows of them → commands. Pure but for the seal's nonce."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, assert_never

from domain.conversation import commands as c
from domain.conversation.parts import AliasRef, Handling, SourcePosition
from domain.instance.commands import ReportInstanceItem
from domain.kernel.actor import NORMALISER
from domain.kernel.command import Command, CommandMeta
from domain.kernel.ids import derived, lead_journey, tenant_journey
from domain.kernel.items import Item
from domain.kernel.sealed import Sealed
from domain.lead.commands import UpdateContact
from domain.lead.parts import Touch
from streams import labels
from streams.normalise.opt_out import opts_out
from streams.normalise.reading import Form, Reading, contact_name
from vault.codec import SubjectSealer

WORD: Final = 100
"""Characters kept of a provider's own word (kind, status, code): it is a name, not a text."""

_STATUS_COUNTS: Final = frozenset({Form.RECEIPT, Form.INSTANCE})
"""Only here is the status part of the identity: on a message it is the provider's progress with one and the same."""

_SAME_ID: Final = frozenset({Form.EDIT})
"""Items that come under the id of the message they change: told apart by when and by what they changed."""

_NOISE: Final = frozenset({"event", "instance", "push_name", "verified_name", "source"})
"""Facts of an item that say nothing about its content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """The other side, found: the vault's lead, and the conversation that the item belongs to. opted_out: before an
    erasure."""

    lead: str
    conversation: str
    aliases: tuple[AliasRef, ...]
    sealer: SubjectSealer
    opted_out: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """What is known at the edge about all items of one body.

    source.run: 0 for the first time. first: where the body stood then (the source itself, unless an operator had it run
    again): items without an id of the provider's keep the name that they had there. now: by the database's clock, UTC.
    late_after: a message older than this opens no turn. handling: None when no Centurion answers on the instance.
    offline: indexes of the items that an offline sync brought. said_at: the sender's clock when it made the body.
    """

    company: str
    instance: str
    channel: str
    source: SourcePosition
    first: SourcePosition
    now: datetime
    late_after: timedelta
    handling: Handling | None
    offline: frozenset[int] = frozenset()
    said_at: datetime | None = None

    @property
    def cause(self) -> str:
        """The id of the ingress record: causation of all that follows from it."""
        return derived("ingress", self.source.partition, self.source.offset)

    @property
    def origin(self) -> str:
        """The id of the first record with this body: correlation of all that follows from it, in every run."""
        return derived("ingress", self.first.partition, self.first.offset)


Planned = tuple[CommandMeta, Command]


def plan(edge: Edge, readings: Iterable[tuple[Reading, Person | str | None]]) -> list[Planned]:
    """One command for each reading, in order. Instead of a person: the code that says why there is none, or None where
    nobody was asked for."""
    return [_one(edge, reading, person) for reading, person in readings]


def _one(edge: Edge, reading: Reading, person: Person | str | None) -> Planned:
    if reading.form is not Form.INSTANCE and isinstance(person, Person):
        return _meta(edge, reading, person, lead_journey(person.lead)), _command(edge, reading, person)
    why = person if isinstance(person, str) and reading.form is not Form.INSTANCE else reading.why
    return _meta(edge, reading, person, tenant_journey(edge.company)), _report(edge, reading.item, why)


def command_id(edge: Edge, reading: Reading, person: Person | str | None) -> str:
    """The same for the same item, however often and in whichever body it comes; another for another run."""
    item, source = reading.item, edge.first
    change = _change(item, person) if reading.form in _SAME_ID else ()
    if item.provider_id is None or (reading.form in _SAME_ID and not any(change)):
        made = derived("item", source.partition, source.offset, reading.index)
    else:
        status = (item.status or "") if reading.form in _STATUS_COUNTS else ""
        made = derived("item", edge.instance, item.provider_id, item.kind, status, *change)
    return made if source.run == 0 else derived("run", made, source.run)


def _change(item: Item, person: Person | str | None) -> tuple[str, str]:
    """When, and what: providers' clocks know seconds, some dialects tell no time at all. The words' keyed tag, never
    a plain digest: ids tell nothing. A redelivered body says both again; of two edits back and forth without a time
    the last is lost."""
    moment = item.timestamp.isoformat() if item.timestamp else ""
    return moment, person.sealer.tag(item.text) if item.text and isinstance(person, Person) else ""


def is_late(edge: Edge, reading: Reading) -> bool:
    """Re-runs, offline syncs, and what is older than `late_after`. A time stamp in the future is not late."""
    at = reading.item.timestamp
    return edge.source.run > 0 or reading.index in edge.offline or (at is not None and edge.now - at > edge.late_after)


def _meta(edge: Edge, reading: Reading, person: Person | str | None, journey: str) -> CommandMeta:
    return CommandMeta(
        command_id=command_id(edge, reading, person),
        tenant=edge.company,
        journey=journey,
        actor=NORMALISER,
        causation=edge.cause,
        correlation=edge.origin,
    )


def _command(edge: Edge, reading: Reading, person: Person) -> Command:
    match reading.form:
        case Form.MESSAGE:
            return _message(edge, reading, person)
        case Form.OWN:
            return _own(edge, reading, person)
        case Form.EDIT | Form.DELETE | Form.REACTION | Form.RECEIPT:
            return _about(reading, person, reading.target or reading.provider_id)
        case Form.CONTACT:
            name = contact_name(reading.item) or ""
            digest = person.sealer.tag(name)
            return UpdateContact(lead=person.lead, name=person.sealer.text(labels.NAME, name), name_digest=digest)
        case Form.INSTANCE:
            raise AssertionError("reported, not commanded")
        case _:
            assert_never(reading.form)


def _message(edge: Edge, reading: Reading, person: Person) -> c.ReceiveMessage:
    item, sealer = reading.item, person.sealer
    name = contact_name(item)
    return c.ReceiveMessage(
        lead=person.lead,
        conversation=person.conversation,
        instance=edge.instance,
        channel=edge.channel,
        aliases=person.aliases,
        name=sealer.text(labels.NAME, name) if name else None,
        name_digest=sealer.tag(name) if name else None,
        message=message_id(edge, reading),
        provider_id=reading.provider_id,
        kind=item.kind,
        provider_at=item.timestamp,
        text=_sealed_text(item.text, person),
        content=_content(item, person),
        quoted_id=item.quoted_id,
        address=sealer.text(labels.ADDRESS, item.conversation or reading.aliases[0].value),
        handling=edge.handling,
        opts_out=opts_out(item.text),
        late=is_late(edge, reading),
        source=edge.source,
        opted_out_before=person.opted_out,
        touch=_touch(item, person),
    )


def _own(edge: Edge, reading: Reading, person: Person) -> c.ReceiveOwnMessage:
    item = reading.item
    return c.ReceiveOwnMessage(
        lead=person.lead,
        conversation=person.conversation,
        instance=edge.instance,
        channel=edge.channel,
        aliases=person.aliases,
        message=message_id(edge, reading),
        provider_id=reading.provider_id,
        kind=item.kind,
        provider_at=item.timestamp,
        text=_sealed_text(item.text, person),
        content=_content(item, person),
        tag=person.sealer.tag(item.text) if item.text else None,
        late=is_late(edge, reading),
        quoted_id=item.quoted_id,
    )


def _about(reading: Reading, person: Person, target: str) -> Command:
    """What concerns an earlier message, known by its provider id."""
    item, lead, conversation = reading.item, person.lead, person.conversation
    own = reading.provider_id
    if reading.form is Form.EDIT:
        return c.ReceiveEdit(
            lead=lead,
            conversation=conversation,
            provider_id=own,
            target=target,
            text=_sealed_text(item.text, person),
            provider_at=item.timestamp,
        )
    if reading.form is Form.DELETE:
        return c.ReceiveDelete(
            lead=lead, conversation=conversation, provider_id=own, target=target, provider_at=item.timestamp
        )
    if reading.form is Form.REACTION:
        emoji = item.reaction.emoji if item.reaction else None
        return c.ReceiveReaction(
            lead=lead,
            conversation=conversation,
            provider_id=own,
            target=target,
            reaction=_sealed_text(emoji, person),
            provider_at=item.timestamp,
        )
    return c.ReceiveReceipt(
        lead=lead,
        conversation=conversation,
        provider_id=target,
        status=item.status or "",
        provider_at=item.timestamp,
        code=_word(item.error.code) if item.error else None,
    )


def _report(edge: Edge, item: Item, why: str | None) -> ReportInstanceItem:
    """The kind and the provider's words for it; nothing else, for the rest may be personal or secret."""
    return ReportInstanceItem(
        instance=edge.instance,
        kind=item.kind,
        raw_kind=_word(item.raw_kind),
        provider_id=_word(item.provider_id),
        status=_word(item.status),
        code=why or (_word(item.error.code) if item.error else None),
        # Deliveries overtake each other, and "connecting" must not come to stand after "open".
        provider_at=item.timestamp or (edge.said_at if item.kind == "connection" else None),
    )


def message_id(edge: Edge, reading: Reading) -> str:
    """Our id of a message: follows from the provider's, so that a re-run in another journey has the same."""
    return derived("message", edge.instance, reading.provider_id)


def _sealed_text(text: str | None, person: Person) -> Sealed | None:
    return person.sealer.text(labels.TEXT, text) if text else None


def _content(item: Item, person: Person) -> Sealed | None:
    """JSON `{media, data, referral}`, each only when there is something in it."""
    data = {name: fact for name, fact in item.data.items() if name not in _NOISE}
    content = {
        name: value for name, value in (("media", item.media), ("data", data), ("referral", item.referral)) if value
    }
    return person.sealer.json(labels.CONTENT, content) if content else None


def _touch(item: Item, person: Person) -> Touch | None:
    """The ad that the message came from. What its words were stays in the content."""
    told = item.referral
    if told is None or not (told.source_id or told.ctwa_clid):
        return None
    return Touch(
        source="ctwa",
        campaign=None,
        ad_set=None,
        ad=_word(told.source_id),
        click=person.sealer.text(labels.CLICK, told.ctwa_clid) if told.ctwa_clid else None,
        click_digest=person.sealer.tag(told.ctwa_clid) if told.ctwa_clid else None,
        happened_at=item.timestamp,
    )


def _word(text: str | None) -> str | None:
    return text[:WORD] if text else None
