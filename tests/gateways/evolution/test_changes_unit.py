"""messages.update, .edited, .delete and their dialects: receipts, edits, deletions, votes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from domain.kernel.items import Alias, ProviderError, Reaction
from tests.gateways.evolution.bodies import (
    GROUP,
    LEAD,
    LEAD_LID,
    MESSAGE_ID,
    OWNER,
    TIME,
    envelope,
    key,
    one,
    read,
    upsert,
)

PHONE = Alias("phone", "+5527996001122")
MOMENT = datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)


def flat(status: Any, **over: Any) -> dict[str, Any]:
    data = {"keyId": MESSAGE_ID, "remoteJid": LEAD, "fromMe": True, "status": status, "messageId": "row1", **over}
    return envelope("messages.update", data)


@pytest.mark.parametrize(
    ("word", "number", "status"),
    [
        ("ERROR", 0, "failed"),
        ("PENDING", 1, "queued"),
        ("SERVER_ACK", 2, "sent"),
        ("DELIVERY_ACK", 3, "delivered"),
        ("READ", 4, "read"),
        ("PLAYED", 5, "played"),
    ],
)
def test_a_receipt_in_all_its_shapes(word: str, number: int, status: str) -> None:
    v1 = {"id": MESSAGE_ID, "remoteJid": LEAD, "fromMe": True, "status": word, "owner": "v", "datetime": TIME * 1000}
    ours = key(fromMe=True)
    shapes = [
        flat(word),
        envelope("MESSAGES_UPDATE", v1),
        envelope("messages.update", [{"key": ours, "update": {"status": number}}]),
        envelope("send.message.update", {"key": ours, "status": word}),
        envelope("messages.update", {"key": ours, "status": word, "update": {"status": number}}),
        [{"key": ours, "update": {"status": number}}],
        {"instance_key": "m", "messageType": "message.ack", "key": ours, "update": {"status": number}},
    ]
    for body in shapes:
        item = one(body)
        assert (item.kind, item.status, item.provider_id) == ("receipt", status, MESSAGE_ID)
        assert (item.conversation, item.from_me, item.sender_aliases) == (LEAD, True, (PHONE,))
        assert (item.error is not None) == (status == "failed")
    assert one(shapes[0]).timestamp is None
    assert one(shapes[1]).timestamp == MOMENT


def test_the_same_key_under_phone_and_lid_keeps_one_provider_id() -> None:
    found = read([flat("DELIVERY_ACK"), flat("READ", remoteJid=LEAD_LID)])
    assert [item.provider_id for item in found.items] == [MESSAGE_ID, MESSAGE_ID]
    assert [item.conversation for item in found.items] == [LEAD, LEAD_LID]


def test_a_receipt_about_their_message_names_nobody_because_the_recipient_is_ourselves() -> None:
    item = one(flat("READ", fromMe=False))
    assert (item.from_me, item.sender_aliases) == (False, ())


def test_in_a_group_the_recipient_is_the_participant() -> None:
    item = one(flat("READ", remoteJid=GROUP, participant="5527996001122:9@s.whatsapp.net"))
    assert (item.group, item.conversation, item.sender_aliases) == (True, GROUP, (PHONE,))


def test_a_failed_receipt_carries_whatsapps_reason() -> None:
    assert one(flat("ERROR")).error == ProviderError("ERROR", None)
    update = {"status": 0, "messageStubParameters": ["479", "blocked"]}
    item = one(envelope("messages.update", [{"key": key(fromMe=True), "update": update}]))
    assert item.error == ProviderError("479", "blocked")


def test_deleted_is_a_deletion_and_edited_an_edit() -> None:
    item = one(flat("DELETED", fromMe=False))
    assert (item.kind, item.target_id, item.provider_id, item.text) == ("delete", MESSAGE_ID, MESSAGE_ID, None)
    assert item.sender_aliases == (PHONE,)
    item = one(flat("EDITED"))
    assert (item.kind, item.target_id, item.text) == ("edit", MESSAGE_ID, None)


def test_an_unknown_status_is_a_receipt_without_status_that_says_so() -> None:
    found = read(flat("TELEPATHY"))
    assert (found.items[0].kind, found.items[0].status) == ("receipt", None)
    assert found.items[0].data["status"] == "TELEPATHY"
    assert found.why == "unknown receipt status"


@pytest.mark.parametrize(
    "update", [{"message": None, "messageStubType": 1}, {"message": None}, {"messageStubType": "REVOKE"}]
)
def test_raw_baileys_deletes_by_making_the_message_null(update: dict[str, Any]) -> None:
    item = one(envelope("messages.update", [{"key": key(), "update": update}]))
    assert (item.kind, item.target_id) == ("delete", MESSAGE_ID)


def test_raw_baileys_edits_within_an_update() -> None:
    update = {"message": {"editedMessage": {"message": {"conversation": "novo"}}}, "messageTimestamp": TIME}
    item = one(envelope("messages.update", [{"key": key(), "update": update}]))
    assert (item.kind, item.target_id, item.text, item.timestamp) == ("edit", MESSAGE_ID, "novo", MOMENT)


def test_a_vote_counts_and_does_not_name_its_voters() -> None:
    votes = [{"name": "A", "voters": [LEAD]}, {"name": "B", "voters": []}]
    item = one(flat("DELETED", pollUpdates=votes))
    assert (item.kind, item.data["votes"]) == ("poll", [{"name": "A", "count": 1}, {"name": "B", "count": 0}])


def test_an_update_of_something_else_is_other() -> None:
    item = one(envelope("messages.update", [{"key": key(), "update": {"starred": True}}]))
    assert (item.kind, item.data["update"]) == ("other", ["starred"])


def test_messages_edited_carries_the_raw_protocol_message() -> None:
    edit = {
        "key": key(),
        "type": "MESSAGE_EDIT",
        "editedMessage": {"extendedTextMessage": {"text": "às 15h"}},
        "timestampMs": str(TIME * 1000),
    }
    for form in (edit, {**edit, "type": 14}, {name: part for name, part in edit.items() if name != "type"}):
        item = one(envelope("messages.edited", form))
        assert (item.kind, item.text, item.target_id, item.timestamp) == ("edit", "às 15h", MESSAGE_ID, MOMENT)
        assert (item.conversation, item.sender_aliases, item.raw_kind) == (LEAD, (PHONE,), "messages.edited")


def test_messages_edited_also_fires_for_a_deletion_and_for_the_devices_own_talk() -> None:
    for stated in ({"type": "REVOKE"}, {"type": 0}, {}):
        item = one(envelope("messages.edited", {"key": key(), **stated}))
        assert (item.kind, item.target_id) == ("delete", MESSAGE_ID)
    talk = one(envelope("messages.edited", {"key": key(), "type": "EPHEMERAL_SETTING", "editedMessage": {}}))
    assert (talk.kind, talk.data["protocol"]) == ("system", "EPHEMERAL_SETTING")


def test_messages_edited_with_a_new_message_beside_the_key() -> None:
    item = one(
        envelope("messages.edited", {"key": key(), "message": {"conversation": "novo"}, "messageTimestamp": TIME})
    )
    assert (item.kind, item.text, item.target_id) == ("edit", "novo", MESSAGE_ID)


def test_a_key_written_from_the_leads_side_is_turned_round() -> None:
    theirs = {"remoteJid": OWNER, "fromMe": True, "id": MESSAGE_ID}
    item = one(envelope("messages.edited", {"key": theirs, "editedMessage": {"conversation": "x"}}))
    assert (item.from_me, item.conversation, item.sender_aliases) == (False, None, ())


def test_an_edit_or_deletion_inside_an_upsert_has_its_own_id_and_its_target() -> None:
    protocol = {"key": {"id": "OLD"}, "type": 14, "editedMessage": {"conversation": "novo"}, "timestampMs": TIME * 1000}
    for message in ({"protocolMessage": protocol}, {"editedMessage": {"message": {"protocolMessage": protocol}}}):
        item = one(upsert(message))
        assert (item.kind, item.provider_id, item.target_id, item.text) == ("edit", MESSAGE_ID, "OLD", "novo")
    item = one(upsert({"protocolMessage": {"key": {"id": "OLD"}, "type": "REVOKE"}}))
    assert (item.kind, item.provider_id, item.target_id, item.raw_kind) == (
        "delete",
        MESSAGE_ID,
        "OLD",
        "protocolMessage",
    )


@pytest.mark.parametrize(
    "data",
    [key(), {"key": key(), "instanceId": "i"}, {**key(), "status": "DELETED"}, {"keys": [key()]}, [key()]],
)
def test_messages_delete_is_a_key_bare_or_nested(data: Any) -> None:
    item = one(envelope("messages.delete", data))
    assert (item.kind, item.target_id, item.conversation, item.sender_aliases) == ("delete", MESSAGE_ID, LEAD, (PHONE,))


def test_an_edit_through_the_api_is_an_edit_of_ours() -> None:
    ours = key(fromMe=True)
    plain = one(envelope("send.message.update", {"key": ours, "message": {"conversation": "novo"}}))
    protocol = {"protocolMessage": {"key": ours, "type": 14, "editedMessage": {"conversation": "novo"}}}
    nested = one(envelope("send.message.update", {"key": key(fromMe=True, id="NEW"), "message": protocol}))
    for item in (plain, nested):
        assert (item.kind, item.text, item.target_id, item.from_me) == ("edit", "novo", MESSAGE_ID, True)


def test_raw_receipts_have_a_member_and_a_time() -> None:
    receipt = {"userJid": LEAD, "readTimestamp": TIME, "receiptTimestamp": TIME - 5}
    item = one(envelope("message-receipt.update", [{"key": key(fromMe=True), "receipt": receipt}]))
    assert (item.kind, item.status, item.timestamp, item.sender_aliases) == ("receipt", "read", MOMENT, (PHONE,))
    found = read(envelope("message-receipt.update", [{"key": key(), "receipt": {}}]))
    assert found.items == ()
    assert found.why is not None


def test_raw_reactions_have_the_reactions_own_key() -> None:
    reaction = {"key": key(id="RX"), "text": "❤️", "senderTimestampMs": TIME * 1000}
    item = one(envelope("messages.reaction", [{"key": key(fromMe=True), "reaction": reaction}]))
    assert (item.kind, item.provider_id, item.reaction) == ("reaction", "RX", Reaction(MESSAGE_ID, "❤️"))
    assert (item.from_me, item.timestamp) == (False, MOMENT)


@pytest.mark.parametrize("event", ["messages.upsert", "messages.update", "messages.edited", "messages.delete"])
@pytest.mark.parametrize("data", [None, [], {}, 7, "x", [7], [{"no": "key"}], {"key": 5}])
def test_data_of_another_shape_gives_no_item_and_says_why(event: str, data: Any) -> None:
    found = read(envelope(event, data))
    assert found.items == ()
    assert found.why
