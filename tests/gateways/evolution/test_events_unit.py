"""Events that are no messages, and every way in which an envelope may come."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from domain.kernel.items import Alias, ProviderError
from gateways.evolution.normalise import normalise
from tests.gateways.evolution.bodies import GROUP, LEAD, LEAD_LID, OWNER, TIME, envelope, key, one, read, upsert

PHONE = Alias("phone", "+5527996001122")
LID = Alias("lid", "70012345678901")
MOMENT = datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("data", "status", "error"),
    [
        ({"state": "open", "statusReason": 200, "wuid": OWNER}, "open", None),
        ({"state": "connecting"}, "connecting", None),
        ({"state": "close", "statusReason": 405}, "closed", ProviderError("405", None)),
        ({"state": "close"}, "closed", None),
        ({"state": "refused", "statusReason": 500}, "refused", ProviderError("500", None)),
        (
            {
                "connection": "close",
                "lastDisconnect": {"error": {"output": {"statusCode": 515, "payload": {"message": "r"}}}},
            },
            "closed",
            ProviderError("515", "r"),
        ),
        (None, None, None),
    ],
)
def test_a_connection_says_its_state_and_why_it_closed(data: Any, status: str | None, error: Any) -> None:
    item = one(envelope("connection.update", data))
    assert (item.kind, item.status, item.error, item.raw_kind) == ("connection", status, error, "connection.update")
    assert (item.conversation, item.sender_aliases, item.timestamp) == (None, (), None)


def test_a_body_tells_when_it_was_made_but_no_item_takes_that_for_its_time() -> None:
    found = read(envelope("connection.update", {"state": "open"}))
    assert found.said_at == datetime(2031, 1, 1, tzinfo=UTC)
    assert found.items[0].timestamp is None
    assert read(envelope("connection.update", {"state": "open"}, date_time=None)).said_at is None


def test_a_qr_code_and_the_end_of_trying() -> None:
    item = one(
        envelope("qrcode.updated", {"qrcode": {"pairingCode": "AB", "code": "2@x", "base64": "data:,"}, "count": 2})
    )
    assert (item.kind, item.error) == ("qr", None)
    assert item.data == {"instance": "vitoria", "code": "2@x", "pairing_code": "AB", "base64": "data:,", "count": 2}
    end = one(envelope("qrcode.updated", {"message": "QR code limit reached", "statusCode": 500}))
    assert end.error == ProviderError("500", "QR code limit reached")


@pytest.mark.parametrize(
    "data",
    [
        {"remoteJid": LEAD, "pushName": "Rosa", "id": "cmrow1"},
        [{"remoteJid": LEAD, "pushName": "Rosa"}],
        [{"id": LEAD, "notify": "Rosa"}],
        [LEAD],
    ],
)
def test_contacts_come_as_object_or_array(data: Any) -> None:
    item = one(envelope("contacts.update", data))
    assert (item.kind, item.conversation, item.sender_aliases) == ("contact_update", LEAD, (PHONE,))
    assert item.data.get("push_name") in ("Rosa", None)


def test_a_contact_joins_phone_and_lid_and_our_own_contact_names_nobody() -> None:
    item = one(envelope("contacts.upsert", [{"id": LEAD_LID, "phoneNumber": LEAD, "lid": "70012345678901"}]))
    assert item.sender_aliases == (PHONE, LID)
    assert one(envelope("contacts.update", {"remoteJid": OWNER})).sender_aliases == ()


def test_chats_and_bare_jids_of_deleted_ones() -> None:
    item = one(envelope("chats.update", [{"remoteJid": LEAD, "unreadMessages": 0, "name": "Rosa", "archived": False}]))
    assert (item.kind, item.conversation) == ("chat_update", LEAD)
    assert item.data == {"instance": "vitoria", "unread": 0, "name": "Rosa", "archived": False}
    assert one(envelope("chats.delete", [GROUP])).group is True


def test_presence_gives_one_item_for_each_person() -> None:
    told = {LEAD: {"lastKnownPresence": "composing", "lastSeen": TIME}, LEAD_LID: {"lastKnownPresence": "available"}}
    found = read(envelope("presence.update", {"id": GROUP, "presences": told}))
    assert [(item.kind, item.status, item.sender_aliases) for item in found.items] == [
        ("presence", "composing", (PHONE,)),
        ("presence", "available", (LID,)),
    ]
    assert found.items[0].group
    assert found.items[0].data["last_seen"] == "2026-09-21T14:13:20Z"


def test_groups_and_who_comes_and_goes() -> None:
    participants = [LEAD, {"id": LEAD_LID, "phoneNumber": LEAD}, 9.5]
    data = {"id": GROUP, "author": LEAD_LID, "participants": participants, "action": "add"}
    item = one(envelope("group-participants.update", data))
    assert (item.kind, item.conversation, item.group, item.sender_aliases) == ("group_update", GROUP, True, (LID,))
    assert item.data == {"instance": "vitoria", "action": "add", "participants": [LEAD, LEAD]}
    assert one(envelope("GROUPS_UPSERT", [{"id": GROUP, "subject": "Obra"}])).data["subject"] == "Obra"
    assert one(envelope("groups.update", {"subject": "Obra"})).group is True


def test_calls_flat_and_as_a_raw_node() -> None:
    call = {
        "chatId": LEAD,
        "from": LEAD,
        "id": "C1",
        "date": "2026-09-21T14:13:20.000Z",
        "status": "offer",
        "isVideo": True,
    }
    item = one(envelope("call", call))
    assert (item.kind, item.provider_id, item.status, item.timestamp) == ("call", "C1", "offer", MOMENT)
    assert (item.conversation, item.sender_aliases, item.data["video"]) == (LEAD, (PHONE,), True)
    raw = one(envelope("call", {"event": "CB:call", "packet": {"attrs": {"from": LEAD, "id": "C2", "t": str(TIME)}}}))
    assert (raw.provider_id, raw.conversation, raw.timestamp) == ("C2", LEAD, MOMENT)
    assert one(envelope("call", [{"from": LEAD, "id": "C3", "isGroup": True}])).group is True


def test_labels() -> None:
    edit = one(envelope("labels.edit", {"id": "3", "name": "Quente", "color": 2, "deleted": False}))
    assert edit.data == {"instance": "vitoria", "label_id": "3", "name": "Quente", "color": "2", "deleted": False}
    on = one(envelope("labels.association", {"type": "add", "chatId": LEAD, "labelId": "3"}))
    assert (on.kind, on.conversation, on.data["action"], on.data["label_id"]) == ("label", LEAD, "add", "3")


@pytest.mark.parametrize("event", ["application.startup", "logout.instance", "remove.instance", "INSTANCE_DELETE"])
def test_events_of_the_instance_need_no_data(event: str) -> None:
    item = one(envelope(event, None))
    assert (item.kind, item.raw_kind) == ("instance", event)


def test_a_final_close_tells_its_code_and_time() -> None:
    data = {"status": "closed", "disconnectionReasonCode": 401, "disconnectionAt": "2026-09-21T14:13:20.000Z"}
    item = one(envelope("status.instance", data))
    assert (item.status, item.error, item.timestamp) == ("closed", ProviderError("401", None), MOMENT)


def test_an_unknown_event_in_an_understood_envelope_is_other_without_its_tokens() -> None:
    item = one(envelope("typebot.start", {"remoteJid": LEAD, "url": "https://t", "token": "t", "apikey": "k"}))
    assert (item.kind, item.conversation, item.raw_kind) == ("other", LEAD, "typebot.start")
    assert item.data == {"instance": "vitoria", "remoteJid": LEAD, "url": "https://t"}
    assert one(envelope("creds.update", [1])).data == {"instance": "vitoria", "value": [1]}
    assert one(envelope("novelty", None)).kind == "other"


@pytest.mark.parametrize("name", ["messages.upsert", "MESSAGES_UPSERT", "messages-upsert", " Messages.Upsert "])
def test_event_names_are_one_in_any_spelling(name: str) -> None:
    assert one(upsert({"conversation": "oi"}, event=name)).kind == "text"


def test_arrays_of_envelopes_and_of_messages_keep_their_order() -> None:
    texts = [upsert({"conversation": word}) for word in ("a", "b", "c")]
    assert [item.text for item in read(texts).items] == ["a", "b", "c"]
    records = [text["data"] for text in texts]
    assert [item.text for item in read(envelope("messages.upsert", records)).items] == ["a", "b", "c"]
    wrapped = envelope("messages.upsert", {"messages": records, "type": "append"})
    assert [item.text for item in read(wrapped).items] == ["a", "b", "c"]
    assert [item.text for item in read(records).items] == ["a", "b", "c"]


def test_one_bad_element_does_not_take_the_others_with_it() -> None:
    found = read([upsert({"conversation": "a"}), 5, {"x": 1}, upsert({"conversation": "b"})])
    assert [item.text for item in found.items] == ["a", "b"]
    assert found.why == "JSON, but not an object; not an Evolution event"


def test_older_and_wrapped_envelopes() -> None:
    body = upsert({"extendedTextMessage": {"text": "oi"}}, owner="vitoria")
    bare = {name: part for name, part in body.items() if name in ("event", "instance", "data")}
    assert one(bare).data["instance"] == "vitoria"
    assert one({**body, "instance": {"name": "vitoria", "ownerJid": OWNER}}).data["instance"] == "vitoria"
    assert one([{"headers": {}, "params": {}, "query": {}, "body": body}]).text == "oi"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "empty body"),
        (b"  \n", "empty body"),
        (b"not json", "not JSON"),
        (b'{"event":"messages.upsert"', "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[]", "an empty array"),
        (b"{}", "not an Evolution event"),
        (b"null", "JSON, but not an object"),
        (b"42", "JSON, but not an object"),
        (b'"text"', "JSON, but not an object"),
        (b'{"object":"whatsapp_business_account","entry":[]}', "not an Evolution event"),
        (b'{"event":"purchase"}', "not an Evolution event"),
        (b'{"event":"","data":{}}', "not an Evolution event"),
        (b'{"event":"contacts.update","data":[]}', "an event without data"),
        (b"a=1&b=2", "not JSON"),
    ],
)
def test_what_is_not_understood_gives_no_items_and_a_reason(body: bytes, why: str) -> None:
    found = normalise(body)
    assert found.items == ()
    assert found.why is not None
    assert why in found.why


def test_nul_characters_are_stripped_and_noted() -> None:
    found = read(upsert({"conversation": "a\x00b"}, pushName="\x00Rosa"))
    assert (found.items[0].text, found.items[0].data["push_name"]) == ("ab", "Rosa")
    assert found.why == "NUL characters stripped"
    raw = orjson.dumps(upsert({"conversation": "a#b"})).replace(b"#", b"\x00")
    assert (normalise(raw).items[0].text, normalise(raw).why) == ("ab", "NUL characters stripped")


def test_halves_of_emoji_and_foreign_encodings_do_not_lose_the_message() -> None:
    text = orjson.dumps(upsert({"conversation": "oi #"}))
    half = normalise(text.replace(b"#", b"\\ud83d"))
    assert (half.items[0].text, half.why) == ("oi \ufffd", "broken characters replaced")
    assert normalise(b"\xef\xbb\xbf" + text).items[0].text == "oi #"
    assert normalise(text.decode().encode("utf-16")).items[0].text == "oi #"
    latin = normalise(text.replace(b"#", b"\xe9"))
    assert latin.items[0].text == "oi \ufffd"
    assert latin.why == "not UTF-8: undecodable bytes replaced"


@pytest.mark.parametrize("depth", [100, 900, 5_000, 200_000])
def test_deep_nesting_is_survived(depth: int) -> None:
    deep = b'{"a":' * depth + b"1" + b"}" * depth
    body = orjson.dumps(envelope("novelty", "#")).replace(b'"#"', deep)
    found = normalise(body)
    assert found.why
    orjson.dumps([item.data for item in found.items])
    inside = orjson.dumps(upsert({"conversation": "oi", "x": "#"})).replace(
        b'"#"', b'{"ephemeralMessage":' * 50 + b"1" + b"}" * 50
    )
    assert normalise(inside).items[0].text == "oi"


def test_a_large_body_is_read_in_good_time() -> None:
    many = envelope("contacts.upsert", [{"remoteJid": f"55279{n:08d}@s.whatsapp.net"} for n in range(20_000)])
    assert len(read(many).items) == 20_000
    odd = read(envelope("messages.upsert", [{"n": n} for n in range(20_000)]))
    assert odd.items == ()
    assert len(odd.why or "") < 1000


def test_numbers_beyond_64_bits_and_infinities_stay_writable() -> None:
    raw = orjson.dumps(envelope("novelty", {"n": "#", "m": "@"})).replace(b'"#"', b"9" * 400).replace(b'"@"', b"NaN")
    assert orjson.loads(orjson.dumps(normalise(raw).items[0].data))["m"] is None
    assert read(upsert({"conversation": "oi"}, key=key(id=12345))).items[0].provider_id == "12345"
