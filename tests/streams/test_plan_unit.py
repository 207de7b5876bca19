"""Every item of a body ends as one command with an id that follows from the provider's, in the right journey."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.conversation import commands as c
from domain.conversation.parts import AliasRef, SourcePosition
from domain.instance.commands import ReportInstanceItem
from domain.kernel.command import Command, CommandMeta
from domain.kernel.ids import conversation_id, lead_journey, tenant_journey
from domain.kernel.items import KINDS, RECEIPT_STATUSES, Alias, Item, Media, ProviderError, Reaction
from domain.lead.commands import UpdateContact
from domain.routing import ROUTES
from eventlog.codec import default_codec
from streams import labels
from streams.normalise.plan import Edge, Person, command_id, plan
from streams.normalise.providers import PROVIDERS
from streams.normalise.reading import Form, read
from vault.codec import SubjectOpener, SubjectSealer

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
SOURCE = SourcePosition(partition=3, offset=77)
LEAD, COMPANY, INSTANCE = "11111111-0000-4000-8000-000000000001", "c-1", "i-1"
KEY = bytes(range(32))
CHAT = "5511987654321@s.whatsapp.net"
EVOLUTION = PROVIDERS["evolution"]
EDGE = Edge(
    company=COMPANY,
    instance=INSTANCE,
    channel="whatsapp",
    source=SOURCE,
    first=SOURCE,
    now=NOW,
    late_after=timedelta(hours=2),
    handling=None,
)


def standing(partition: int, offset: int, run: int = 0) -> Edge:
    """A body at another place of [ingress], or in another run."""
    place = SourcePosition(partition=partition, offset=offset, run=run)
    return replace(EDGE, source=place, first=place)


SEALER = SubjectSealer(KEY, COMPANY, lead_journey(LEAD))
OPENER = SubjectOpener(KEY, COMPANY, lead_journey(LEAD))
PERSON = Person(
    lead=LEAD,
    conversation=conversation_id(LEAD, INSTANCE),
    aliases=(AliasRef(scheme="phone", alias_hash="ab", value=SEALER.text(labels.ALIAS, "+5511987654321")),),
    sealer=SEALER,
)
MESSAGE = Item(
    kind="text",
    provider_id="ABC",
    conversation=CHAT,
    sender_aliases=(Alias("phone", "+551187654321"),),
    timestamp=NOW - timedelta(seconds=5),
    text="olá",
    data={"push_name": "Bia", "event": "messages.upsert"},
)


def planned(item: Item, edge: Edge = EDGE, person: Person | str | None = PERSON) -> tuple[CommandMeta, Any]:
    (made,) = plan(edge, [(reading, person) for reading in read([item], EVOLUTION, edge.source)])
    return made


def test_a_message_becomes_a_sealed_command_of_its_lead() -> None:
    meta, command = planned(MESSAGE)
    assert isinstance(command, c.ReceiveMessage)
    assert meta.journey == lead_journey(LEAD)
    assert meta.tenant == COMPANY
    assert command.text is not None
    assert OPENER.text(labels.TEXT, command.text) == "olá"
    assert command.name is not None
    assert OPENER.text(labels.NAME, command.name) == "Bia"
    assert OPENER.text(labels.ADDRESS, command.address) == CHAT
    assert command.content is None  # nothing but noise stood in `data`
    assert not command.late
    assert not command.opts_out
    written = default_codec().encode_command(meta, command)
    assert not any(personal.encode() in written for personal in ("olá", "Bia", "551187654321", "5511987654321"))


def test_both_brazilian_forms_are_one_alias() -> None:
    old, new = (read([replace(MESSAGE, sender_aliases=(Alias("phone", p),))], EVOLUTION, SOURCE)[0].aliases
                for p in ("+551187654321", "+5511987654321"))  # fmt: skip
    assert old == new == (Alias("phone", "+5511987654321"),)


def test_media_and_advert_travel_sealed() -> None:
    _, command = planned(
        replace(MESSAGE, kind="image", text=None, media=(Media("image", url="u"),), data={"gif": "true"})
    )
    content = OPENER.json(labels.CONTENT, command.content)
    assert content["media"][0]["url"] == "u"
    assert content["data"] == {"gif": "true"}
    assert command.text is None


@pytest.mark.parametrize(
    ("item", "form"),
    [
        (MESSAGE, Form.MESSAGE),
        (replace(MESSAGE, from_me=True, sender_aliases=()), Form.OWN),
        (replace(MESSAGE, kind="form"), Form.MESSAGE),
        (replace(MESSAGE, group=True), Form.INSTANCE),
        (replace(MESSAGE, kind="edit", target_id="T"), Form.EDIT),
        (replace(MESSAGE, kind="edit"), Form.INSTANCE),
        (replace(MESSAGE, kind="delete", target_id="T", from_me=True), Form.DELETE),
        (replace(MESSAGE, kind="reaction", reaction=Reaction("T", "👍")), Form.REACTION),
        (replace(MESSAGE, kind="reaction", reaction=None), Form.INSTANCE),
        (replace(MESSAGE, kind="reaction", reaction=Reaction("T", "👍"), from_me=True), Form.INSTANCE),
        (Item(kind="receipt", provider_id="X", status="read", from_me=True), Form.RECEIPT),
        (Item(kind="receipt", provider_id="X", from_me=True), Form.INSTANCE),
        (Item(kind="receipt", provider_id="X", status="read"), Form.INSTANCE),
        (Item(kind="poll", provider_id="X", from_me=True, conversation=CHAT, data={"votes": []}), Form.INSTANCE),
        (Item(kind="contact_update", conversation=CHAT, data={"name": "Bia"}), Form.CONTACT),
        (Item(kind="contact_update", conversation=CHAT), Form.INSTANCE),
        (Item(kind="connection", status="open"), Form.INSTANCE),
        (Item(kind="presence", conversation=CHAT, status="composing"), Form.INSTANCE),
        (Item(kind="text", text="hi"), Form.INSTANCE),
    ],
)  # fmt: skip
def test_each_kind_is_read_as_what_it_is_to_us(item: Item, form: Form) -> None:
    assert read([item], EVOLUTION, SOURCE)[0].form is form


def test_an_own_message_carries_its_tag_and_finds_the_other_side_by_the_chat() -> None:
    item = replace(MESSAGE, from_me=True, sender_aliases=())
    assert read([item], EVOLUTION, SOURCE)[0].aliases == (Alias("phone", "+5511987654321"),)
    _, command = planned(item)
    assert isinstance(command, c.ReceiveOwnMessage)
    assert command.tag == SEALER.tag("olá")


@pytest.mark.parametrize("from_me", [False, True])
def test_whom_a_message_quotes_is_told_of_both_sides(from_me: bool) -> None:
    _, command = planned(replace(MESSAGE, from_me=from_me, sender_aliases=(), quoted_id="EARLIER"))
    assert command.quoted_id == "EARLIER"


def test_touches_name_their_target() -> None:
    _, edit = planned(replace(MESSAGE, kind="edit", target_id="T", text="oi"))
    _, delete = planned(replace(MESSAGE, kind="delete", target_id="T"))
    _, reaction = planned(replace(MESSAGE, kind="reaction", reaction=Reaction("T", "👍"), text=None))
    _, removed = planned(replace(MESSAGE, kind="reaction", reaction=Reaction("T", None), text=None))
    assert (edit.target, delete.target, reaction.target) == ("T", "T", "T")
    assert OPENER.text(labels.TEXT, edit.text) == "oi"
    assert OPENER.text(labels.TEXT, reaction.reaction) == "👍"
    assert removed.reaction is None


def test_a_receipt_carries_the_providers_reason() -> None:
    item = Item(kind="receipt", provider_id="X", status="failed", from_me=True, error=ProviderError("463", "no"))
    _, command = planned(item)
    assert command == c.ReceiveReceipt(
        lead=LEAD, conversation=PERSON.conversation, provider_id="X", status="failed", provider_at=None, code="463"
    )


def test_a_name_alone_updates_the_contact() -> None:
    meta, command = planned(Item(kind="contact_update", conversation=CHAT, data={"name": " Bia "}))
    assert isinstance(command, UpdateContact)
    assert OPENER.text(labels.NAME, command.name) == "Bia"
    assert meta.journey == lead_journey(LEAD)


@pytest.mark.parametrize("why", ["no_person", "subject_erased", "unknown_contact"])
def test_without_a_person_only_the_kind_is_reported(why: str) -> None:
    meta, command = planned(MESSAGE, person=why)
    assert command == ReportInstanceItem(
        instance=INSTANCE, kind="text", provider_id="ABC", code=why, provider_at=MESSAGE.timestamp
    )
    assert meta.journey == tenant_journey(COMPANY)


@pytest.mark.parametrize("person", [None, "no_person"])
def test_a_closed_connection_keeps_the_providers_code(person: str | None) -> None:
    item = Item(kind="connection", status="closed", error=ProviderError("401", "logged out"))
    assert planned(item, person=person)[1].code == "401"


def test_words_on_the_connection_are_ordered_by_the_senders_clock_and_nothing_else_is() -> None:
    edge = replace(EDGE, said_at=NOW)
    assert planned(Item(kind="connection", status="open"), edge, None)[1].provider_at == NOW
    assert planned(Item(kind="qr"), edge, None)[1].provider_at is None


# late


@pytest.mark.parametrize(
    ("at", "late"),
    [
        (NOW - timedelta(hours=2, seconds=1), True),
        (NOW - timedelta(hours=2), False),
        (NOW + timedelta(days=365), False),
        (None, False),
    ],
)
def test_only_what_is_old_is_late_and_the_future_is_not(at: datetime | None, late: bool) -> None:
    assert planned(replace(MESSAGE, timestamp=at))[1].late is late


def test_a_rerun_and_an_offline_sync_are_late() -> None:
    assert planned(MESSAGE, standing(3, 77, 1))[1].late
    assert planned(MESSAGE, replace(EDGE, offline=frozenset({0})))[1].late


# ids


def identity(item: Item, edge: Edge = EDGE) -> str:
    return command_id(edge, read([item], EVOLUTION, edge.source)[0], PERSON)


def test_the_same_item_in_another_body_has_the_same_id() -> None:
    elsewhere = standing(partition=1, offset=1)
    assert identity(MESSAGE) == identity(replace(MESSAGE, status="READ", data={}), elsewhere)
    assert planned(MESSAGE)[1].message == planned(MESSAGE, elsewhere)[1].message


def test_another_run_kind_instance_or_receipt_status_has_another_id() -> None:
    receipt = Item(kind="receipt", provider_id="ABC", status="read", from_me=True)
    ids = [
        identity(MESSAGE),
        identity(MESSAGE, standing(3, 77, 1)),
        identity(MESSAGE, standing(3, 77, 2)),
        identity(MESSAGE, replace(EDGE, instance="other")),
        identity(replace(MESSAGE, kind="image")),
        identity(receipt),
        identity(replace(receipt, status="delivered")),
    ]
    assert len(set(ids)) == len(ids)


EDIT = replace(MESSAGE, kind="edit", target_id="ABC")
"""An edit that comes under the id of the message it changes."""


@pytest.mark.parametrize("moment", [MESSAGE.timestamp, None])
def test_two_edits_of_one_message_are_told_apart_by_their_words_whatever_the_clock_says(
    moment: datetime | None,
) -> None:
    first, second = replace(EDIT, timestamp=moment, text="one"), replace(EDIT, timestamp=moment, text="two")
    elsewhere = standing(partition=1, offset=1)
    assert identity(first) != identity(second)
    assert identity(first) == identity(first, elsewhere)  # a redelivery of the same body


def test_the_same_words_at_another_time_are_another_edit() -> None:
    assert identity(EDIT) != identity(replace(EDIT, timestamp=NOW))


def test_an_edit_that_says_neither_when_nor_what_is_known_by_its_place() -> None:
    bare = replace(EDIT, timestamp=None, text=None)
    assert identity(bare) != identity(bare, standing(partition=1, offset=1))


def test_the_words_of_an_edit_cannot_be_guessed_from_its_id() -> None:
    """Ids tell nothing: the words count under the person's key, and not at all where there is none."""
    reading = read([EDIT], EVOLUTION, SOURCE)[0]
    other = replace(PERSON, sealer=SubjectSealer(bytes(32), COMPANY, lead_journey(LEAD)))
    assert command_id(EDGE, reading, PERSON) != command_id(EDGE, reading, other)
    reworded = read([replace(EDIT, text="other words")], EVOLUTION, SOURCE)[0]
    assert command_id(EDGE, reading, "no_person") == command_id(EDGE, reworded, "no_person")


def test_without_a_provider_id_the_place_in_the_log_counts() -> None:
    bare = replace(MESSAGE, provider_id=None)
    elsewhere = standing(partition=3, offset=78)
    assert identity(bare) == identity(bare) != identity(bare, elsewhere)
    again_there = replace(standing(1, 1, 1), first=replace(SOURCE, run=1))  # an operator had the same body run again
    (first,), (second,) = (read([bare], EVOLUTION, edge.first) for edge in (EDGE, again_there))
    assert first.provider_id == second.provider_id
    assert command_id(again_there, second, PERSON) not in (identity(bare), identity(bare, elsewhere))
    first, second = read([bare, bare], EVOLUTION, SOURCE)
    assert command_id(EDGE, first, PERSON) != command_id(EDGE, second, PERSON)
    assert first.provider_id != second.provider_id


# all items


aliases = st.builds(Alias, st.sampled_from(["phone", "lid"]), st.from_regex(r"[1-9][0-9]{9,12}", fullmatch=True))
items = st.builds(
    Item,
    kind=st.sampled_from(sorted(KINDS)),
    provider_id=st.none() | st.text(min_size=1, max_size=200),
    conversation=st.none() | st.just(CHAT) | st.text(max_size=20),
    group=st.booleans(),
    from_me=st.booleans(),
    sender_aliases=st.lists(aliases, max_size=3).map(tuple),
    timestamp=st.none() | st.datetimes(timezones=st.just(UTC)),
    text=st.none() | st.text(max_size=50),
    reaction=st.none() | st.builds(Reaction, st.none() | st.just("T"), st.none() | st.just("👍")),
    target_id=st.none() | st.just("T"),
    status=st.none() | st.sampled_from(RECEIPT_STATUSES) | st.text(max_size=200),
    error=st.none() | st.builds(ProviderError, st.none() | st.text(max_size=200), st.none()),
    data=st.dictionaries(st.sampled_from(["push_name", "votes", "x"]), st.text(max_size=20)),
    raw_kind=st.none() | st.text(max_size=300),
)


@settings(max_examples=50)
@given(st.lists(items, max_size=5), st.sampled_from([PERSON, "no_person"]))
def test_no_item_is_dropped_and_every_command_fits_its_journey(body: list[Item], person: Person | str) -> None:
    made = plan(EDGE, [(reading, person) for reading in read(body, EVOLUTION, SOURCE)])
    assert len(made) == len(body)
    for meta, command in made:
        expected = tenant_journey(COMPANY) if isinstance(command, ReportInstanceItem) else lead_journey(LEAD)
        assert meta.journey == expected
        assert type(command) in ROUTES
        back: Command = default_codec().decode_command(default_codec().encode_command(meta, command))[1]
        assert back == command
