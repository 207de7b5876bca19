"""First half of the pure core: what each item is to us, and whose it is asked of whom. No keys, no ids of ours yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from domain.conversation.parts import SourcePosition
from domain.kernel.ids import derived
from domain.kernel.items import MESSAGE_KINDS, Alias, Item
from streams.normalise.providers import Provider, canonical

WRITTEN: Final = MESSAGE_KINDS - {"edit", "delete", "reaction"} | {"form", "share"}
"""Kinds that are a message in a conversation. A filled form and a shared post are words to us as well."""


class Form(Enum):
    """What becomes of an item. INSTANCE: recorded with its kind alone, in the company's journey."""

    MESSAGE = "message"
    OWN = "own"
    EDIT = "edit"
    DELETE = "delete"
    REACTION = "reaction"
    RECEIPT = "receipt"
    CONTACT = "contact"
    INSTANCE = "instance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One item read. index: its place in the body. provider_id: the provider's, or one from the item's place.

    aliases: canonical ids of the person on the other side. target: provider id of an earlier message whose
    conversation it belongs to, asked for before the aliases are. why: code, when a person was expected and none is
    named.
    """

    index: int
    item: Item
    form: Form
    provider_id: str
    aliases: tuple[Alias, ...] = ()
    target: str | None = None
    why: str | None = None


def read(items: Iterable[Item], provider: Provider, source: SourcePosition) -> tuple[Reading, ...]:
    """All items of a body, in its order. No item is left out."""
    return tuple(_read(index, item, provider, source) for index, item in enumerate(items))


def _read(index: int, item: Item, provider: Provider, source: SourcePosition) -> Reading:
    form = _form(item)
    own_id = item.provider_id or derived("ingress-item", source.partition, source.offset, index)
    if form is Form.INSTANCE:
        return Reading(index=index, item=item, form=form, provider_id=own_id)
    people = canonical(item.sender_aliases) or canonical(provider.person_of(item.conversation or ""))
    target = _target(form, item)
    why = _why_not(form, item, people, target)
    if why is not None:
        return Reading(index=index, item=item, form=Form.INSTANCE, provider_id=own_id, why=why)
    return Reading(index=index, item=item, form=form, provider_id=own_id, aliases=people, target=target)


_FORMS: Final = {
    # kind → (theirs, ours). A receipt on theirs says that we have read it; a reaction of ours is no answer.
    "receipt": (Form.INSTANCE, Form.RECEIPT),
    "reaction": (Form.REACTION, Form.INSTANCE),
    "edit": (Form.EDIT, Form.EDIT),
    "delete": (Form.DELETE, Form.DELETE),
    "contact_update": (Form.CONTACT, Form.CONTACT),
} | dict.fromkeys(sorted(WRITTEN), (Form.MESSAGE, Form.OWN))


def _form(item: Item) -> Form:
    if item.group:
        return Form.INSTANCE  # a group has no lead: its members speak to each other
    if item.kind == "poll" and item.from_me and "votes" in item.data:
        return Form.INSTANCE  # the standing of a poll of ours, not something that somebody wrote
    theirs, ours = _FORMS.get(item.kind, (Form.INSTANCE, Form.INSTANCE))
    return ours if item.from_me else theirs


def _target(form: Form, item: Item) -> str | None:
    if form is Form.RECEIPT:
        return item.provider_id
    if form is Form.REACTION:
        return item.reaction.to if item.reaction else None
    return item.target_id if form in (Form.EDIT, Form.DELETE) else None


def _why_not(form: Form, item: Item, people: tuple[Alias, ...], target: str | None) -> str | None:
    if form in (Form.RECEIPT, Form.REACTION, Form.EDIT, Form.DELETE):
        if target is None:
            return "no_target"
        return "no_status" if form is Form.RECEIPT and item.status is None else None
    if not people:
        return "no_person"
    return "no_name" if form is Form.CONTACT and contact_name(item) is None else None


def contact_name(item: Item) -> str | None:
    """The display name that the person goes by. A name of ours (on an own message) is not asked for."""
    found = item.data.get("push_name") or item.data.get("name") or item.data.get("verified_name")
    return found.strip() or None if isinstance(found, str) else None
