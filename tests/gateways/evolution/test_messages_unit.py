"""messages.upsert and send.message: who wrote, when, where, and what WhatsApp's message types say."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from domain.kernel.items import Alias, Media, Reaction, Referral
from tests.gateways.evolution.bodies import GROUP, LEAD, LEAD_LID, MESSAGE_ID, OWNER, TIME, key, one, read, upsert

PHONE = Alias("phone", "+5527996001122")
LID = Alias("lid", "70012345678901")
MOMENT = datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)


def test_a_text_has_every_key_that_the_body_knows() -> None:
    found = read(upsert({"conversation": "Bom dia"}, status="DELIVERY_ACK"))
    item = found.items[0]
    assert found.why is None
    assert (item.kind, item.text, item.raw_kind) == ("text", "Bom dia", "conversation")
    assert (item.provider_id, item.conversation, item.group, item.from_me) == (MESSAGE_ID, LEAD, False, False)
    assert item.sender_aliases == (PHONE,)
    assert item.timestamp == MOMENT
    assert item.status == "DELIVERY_ACK"
    assert item.data == {"event": "messages.upsert", "instance": "vitoria", "push_name": "Rosa", "source": "android"}
    assert (item.media, item.quoted_id, item.reaction, item.referral, item.error) == ((), None, None, None, None)


def test_neither_the_owner_nor_the_api_key_of_the_envelope_comes_through() -> None:
    shown = repr(read(upsert({"conversation": "oi"})))
    assert OWNER.partition("@")[0] not in shown
    assert "token-of-the-instance" not in shown


def test_what_we_typed_on_the_phone_is_from_me_and_names_no_sender() -> None:
    item = one(upsert({"conversation": "oi"}, key=key(fromMe=True, senderLid=LEAD_LID)))
    assert item.from_me
    assert item.sender_aliases == ()
    assert item.conversation == LEAD


def test_a_send_through_the_api_is_from_me_whatever_its_key_says() -> None:
    item = one(upsert({"conversation": "oi"}, event="send.message", status="PENDING", key=key(fromMe=False)))
    assert (item.from_me, item.status, item.data["event"]) == (True, "PENDING", "send.message")


@pytest.mark.parametrize(
    ("over", "conversation", "aliases"),
    [
        ({"remoteJidAlt": "70012345678901:20@lid"}, LEAD, (PHONE, LID)),
        ({"remoteJid": LEAD_LID, "remoteJidAlt": LEAD}, LEAD_LID, (PHONE, LID)),
        ({"remoteJid": LEAD_LID, "senderPn": LEAD}, LEAD_LID, (PHONE, LID)),
        ({"senderLid": LEAD_LID}, LEAD, (PHONE, LID)),
        ({"previousRemoteJid": LEAD_LID}, LEAD, (PHONE, LID)),
        ({"remoteJid": LEAD_LID}, LEAD_LID, (LID,)),
        ({"remoteJidAlt": LEAD, "addressingMode": "lid"}, LEAD, (PHONE,)),
        ({"remoteJid": "5527996001122:12@s.whatsapp.net"}, LEAD, (PHONE,)),
        ({"remoteJid": "5527996001122@c.us"}, "5527996001122@c.us", (PHONE,)),
        ({"remoteJid": "5527996001122"}, "5527996001122", (PHONE,)),
        ({"remoteJid": "BR.99887766"}, "BR.99887766", (Alias("bsuid", "BR.99887766"),)),
        ({"participant": ""}, LEAD, (PHONE,)),
        ({"participant": OWNER}, LEAD, (PHONE,)),
        ({"remoteJid": "0@s.whatsapp.net"}, "0@s.whatsapp.net", ()),
    ],
)
def test_the_sender_is_the_set_of_all_his_ids(over: dict[str, Any], conversation: str, aliases: tuple[Alias]) -> None:
    item = one(upsert({"conversation": "oi"}, key=key(**over)))
    assert (item.conversation, item.sender_aliases, item.group) == (conversation, aliases, False)


def test_in_a_group_the_chat_is_the_group_and_the_sender_the_participant() -> None:
    group = key(remoteJid=GROUP, participant=LEAD_LID, participantAlt="5527996001122:3@s.whatsapp.net")
    item = one(upsert({"conversation": "oi"}, key=group))
    assert (item.conversation, item.group, item.sender_aliases) == (GROUP, True, (PHONE, LID))
    beside = one(upsert({"conversation": "oi"}, key=key(remoteJid=GROUP), participant=LEAD))
    assert beside.sender_aliases == (PHONE,)


@pytest.mark.parametrize("jid", ["status@broadcast", "120363000000000001@newsletter", "5527930004455-1680000000@g.us"])
def test_feeds_channels_and_old_groups_are_groups(jid: str) -> None:
    item = one(upsert({"conversation": "oi"}, key=key(remoteJid=jid)))
    assert (item.conversation, item.group, item.sender_aliases) == (jid, True, ())


@pytest.mark.parametrize(
    "stamp",
    [TIME, str(TIME), TIME * 1000, {"low": TIME, "high": 0, "unsigned": True}, "2026-09-21T11:13:20-03:00"],
)
def test_the_time_is_the_messages_in_any_spelling(stamp: Any) -> None:
    assert one(upsert({"conversation": "oi"}, messageTimestamp=stamp)).timestamp == MOMENT


@pytest.mark.parametrize("stamp", [None, 0, -5, "soon", {"low": "x"}, 10**30, True, [], float("1e300")])
def test_the_servers_clock_is_never_the_messages_time(stamp: Any) -> None:
    body = upsert({"conversation": "oi"}, messageTimestamp=stamp if stamp != 10**30 else "9" * 30)
    assert one(body).timestamp is None


def test_the_type_is_neither_the_first_key_nor_what_message_type_says() -> None:
    message = {"messageContextInfo": {"deviceListMetadata": {}}, "conversation": "oi"}
    assert one(upsert(message, messageType="imageMessage")).kind == "text"
    flattened = {"messageContextInfo": {}, "conversation": "", "audioMessage": {"ptt": True}}
    assert one(upsert(flattened, messageType="messageContextInfo")).kind == "voice"


def test_a_quote_is_found_beside_the_message_and_within_it() -> None:
    beside = upsert({"conversation": "sim"}, contextInfo={"stanzaId": "Q1", "quotedMessage": {"conversation": "?"}})
    within = upsert({"extendedTextMessage": {"text": "sim", "contextInfo": {"stanzaId": "Q2"}}}, contextInfo=None)
    assert (one(beside).quoted_id, one(within).quoted_id, one(within).text) == ("Q1", "Q2", "sim")


def test_an_advert_is_a_referral_and_a_link_preview_is_not() -> None:
    advert = {
        "sourceType": "ad",
        "sourceId": "1202",
        "sourceUrl": "https://fb.me/x",
        "ctwaClid": "AfeClick",
        "title": "Casas",
        "body": "Fale agora",
    }
    context = {"externalAdReply": advert, "conversionSource": "FB_Ads"}
    expected = Referral("ad", "1202", "https://fb.me/x", "AfeClick", "Casas", "Fale agora")
    assert one(upsert({"conversation": "oi"}, contextInfo=context)).referral == expected
    within = {"extendedTextMessage": {"text": "oi", "contextInfo": {"externalAdReply": advert}}}
    assert one(upsert(within)).referral == expected
    preview = {"externalAdReply": {"title": "Site", "sourceUrl": "https://site.example"}}
    assert one(upsert({"conversation": "oi"}, contextInfo=preview)).referral is None
    hinted = {"externalAdReply": {"title": "Casas"}, "entryPointConversionSource": "ctwa_ad"}
    assert one(upsert({"conversation": "oi"}, contextInfo=hinted)).referral == Referral(headline="Casas")


FILE = {"url": "https://mmg.example/f.enc", "mimetype": "image/png", "fileLength": {"low": 900, "high": 0}}


@pytest.mark.parametrize(
    ("name", "node", "kind", "media"),
    [
        ("imageMessage", {**FILE, "caption": "c"}, "image", Media("image", "image/png", FILE["url"], size=900)),  # type: ignore[arg-type]  # FILE mixes value types
        ("videoMessage", {"seconds": 7, "caption": "c"}, "video", Media("video", seconds=7)),
        ("ptvMessage", {"seconds": "7", "caption": "c"}, "video", Media("video", seconds=7)),
        ("audioMessage", {"seconds": 3, "caption": "c"}, "audio", Media("audio", seconds=3)),
        ("audioMessage", {"ptt": True, "caption": "c"}, "voice", Media("voice", voice=True)),
        (
            "documentMessage",
            {"fileName": "a.pdf", "fileLength": "12", "caption": "c"},
            "document",
            Media("document", filename="a.pdf", size=12),
        ),
        ("stickerMessage", {"mimetype": "image/webp", "caption": "c"}, "sticker", Media("sticker", "image/webp")),
    ],
)
def test_a_file_is_a_reference_with_its_caption(name: str, node: dict[str, Any], kind: str, media: Media) -> None:
    item = one(upsert({name: node}))
    assert (item.kind, item.media, item.text, item.raw_kind) == (kind, (media,), "c", name)


def test_s3_gives_the_readable_url_and_base64_lies_beside_the_message() -> None:
    body = upsert({"imageMessage": FILE, "mediaUrl": "https://s3.example/f.png", "base64": "/9j/4AAQSkZJRgABAQ=="})
    item = one(body)
    assert item.media[0].url == "https://s3.example/f.png"
    assert item.media[0].base64 is True
    assert item.media[0].mime == "image/png", "as declared"
    assert item.data["mime_sniffed"] == "image/jpeg", "what the bytes are"
    outside = one(upsert({"imageMessage": {"mimetype": "image/jpeg"}}, base64="data:image/jpeg;base64,/9j/4AAQ"))
    assert outside.media[0].base64 is True
    assert "mime_sniffed" not in outside.data
    assert "mime_sniffed" not in one(upsert({"imageMessage": {}, "base64": "ééé!"})).data


@pytest.mark.parametrize("wrapper", ["ephemeralMessage", "viewOnceMessageV2", "documentWithCaptionMessage"])
def test_wrappers_are_opened(wrapper: str) -> None:
    inner = {"messageContextInfo": {}, "documentMessage": {"fileName": "a.pdf", "caption": "veja"}}
    item = one(upsert({"base64": "JVBERi0x", "ephemeralMessage": {"message": {wrapper: {"message": inner}}}}))
    assert (item.kind, item.text, item.media[0].base64) == ("document", "veja", True)
    assert item.data.get("view_once") == (True if wrapper.startswith("viewOnce") else None)


@pytest.mark.parametrize(
    ("message", "kind", "text", "data"),
    [
        (
            {"buttonsResponseMessage": {"selectedButtonId": "b1", "selectedDisplayText": "Quero"}},
            "button",
            "Quero",
            {"payload": "b1"},
        ),
        (
            {"templateButtonReplyMessage": {"selectedId": "t1", "selectedDisplayText": "Sim", "selectedIndex": 0}},
            "button",
            "Sim",
            {"payload": "t1", "index": 0},
        ),
        (
            {
                "interactiveResponseMessage": {
                    "body": {"text": "Agendar"},
                    "nativeFlowResponseMessage": {"name": "quick_reply", "paramsJson": '{"id":"i1"}'},
                }
            },
            "button",
            "Agendar",
            {"payload": "i1", "name": "quick_reply", "params": {"id": "i1"}},
        ),
        (
            {"interactiveResponseMessage": {"nativeFlowResponseMessage": {"name": "single_select", "paramsJson": "["}}},
            "list",
            None,
            {"name": "single_select"},
        ),
        (
            {"interactiveResponseMessage": {"nativeFlowResponseMessage": {"paramsJson": '{"flow_token":"t","a":1}'}}},
            "form",
            None,
            {"answers": {"flow_token": "t", "a": 1}},
        ),
        (
            {"listResponseMessage": {"title": "Plano", "singleSelectReply": {"selectedRowId": "r1"}}},
            "list",
            "Plano",
            {"payload": "r1"},
        ),
        (
            {
                "interactiveMessage": {
                    "body": {"text": "Escolha"},
                    "nativeFlowMessage": {"buttons": [{"name": "quick_reply"}]},
                }
            },
            "button",
            "Escolha",
            {"buttons": [{"name": "quick_reply"}]},
        ),
        ({"templateMessage": {"hydratedTemplate": {"hydratedContentText": "Olá"}}}, "button", "Olá", {}),
        (
            {"listMessage": {"title": "T", "description": "D", "sections": [{"title": "s"}]}},
            "list",
            "D",
            {"sections": [{"title": "s"}]},
        ),
        (
            {"locationMessage": {"degreesLatitude": -20.3, "degreesLongitude": -40.3, "name": "Loja"}},
            "location",
            None,
            {"latitude": -20.3, "longitude": -40.3, "name": "Loja"},
        ),
        (
            {"liveLocationMessage": {"degreesLatitude": 0, "degreesLongitude": 1, "caption": "vindo"}},
            "location",
            "vindo",
            {"latitude": 0, "longitude": 1, "live": True},
        ),
        (
            {"contactMessage": {"displayName": "Lia", "vcard": "BEGIN:VCARD"}},
            "contacts",
            None,
            {"vcards": ["BEGIN:VCARD"], "names": ["Lia"]},
        ),
        (
            {"contactsArrayMessage": {"contacts": [{"vcard": "A"}, {"vcard": "B", "displayName": "Bia"}, 3]}},
            "contacts",
            None,
            {"vcards": ["A", "B"], "names": ["Bia"]},
        ),
        (
            {"pollCreationMessageV3": {"name": "Qual?", "options": [{"optionName": "A"}, {"optionName": "B"}]}},
            "poll",
            "Qual?",
            {"options": ["A", "B"]},
        ),
        ({"pollUpdateMessage": {"pollCreationMessageKey": {"id": "P1"}}}, "poll", None, {"poll_id": "P1"}),
        (
            {"orderMessage": {"orderId": "o1", "itemCount": 2, "message": "quero", "totalAmount1000": "99000"}},
            "order",
            "quero",
            {"order_id": "o1", "items": 2, "total_thousandths": 99000},
        ),
        (
            {"productMessage": {"product": {"productId": "p1", "title": "Casa"}}},
            "order",
            None,
            {"product_id": "p1", "title": "Casa"},
        ),
        ({"albumMessage": {"expectedImageCount": 3}}, "other", None, {"expectedImageCount": 3}),
        ({"pinInChatMessage": {"key": {"id": "K"}, "type": 1}}, "system", None, {"message_id": "K", "type": 1}),
        ({"holographMessage": {"caption": "?"}}, "unsupported", "?", {}),
        ({"senderKeyDistributionMessage": {"groupId": "g"}}, "system", None, {}),
        ({"conversation": ""}, "text", None, {}),
        ({}, "unsupported", None, {}),
        ("not an object", "unsupported", None, {}),
    ],
)
def test_each_message_type(message: Any, kind: str, text: str | None, data: dict[str, Any]) -> None:
    item = one(upsert(message, messageType="conversation"))
    common = {"event", "instance", "push_name", "source"}
    assert (item.kind, item.text) == (kind, text)
    assert {name: fact for name, fact in item.data.items() if name not in common} == data


def test_a_reaction_names_its_target_and_is_no_text_and_an_empty_one_is_removed() -> None:
    message = {"reactionMessage": {"key": {"id": "R1", "fromMe": True}, "text": "👍", "senderTimestampMs": "1"}}
    item = one(upsert(message))
    assert (item.kind, item.text, item.reaction, item.timestamp) == ("reaction", None, Reaction("R1", "👍"), MOMENT)
    removed = one(upsert({"reactionMessage": {"key": {"id": "R1"}, "text": ""}}))
    assert removed.reaction == Reaction("R1", None)


def test_an_answer_to_our_status_is_a_story_reply() -> None:
    item = one(upsert({"conversation": "lindo"}, contextInfo={"stanzaId": "S", "remoteJid": "status@broadcast"}))
    assert (item.kind, item.quoted_id) == ("story_reply", "S")


def test_forwarding_and_mentions_are_told() -> None:
    item = one(upsert({"conversation": "x"}, contextInfo={"forwardingScore": 2, "mentionedJid": [LEAD_LID, 4]}))
    assert (item.data["forwarded"], item.data["mentioned"]) == (True, ["70012345678901"])


@pytest.mark.parametrize(
    ("stub", "kind"),
    [
        (1, "delete"),
        ("CIPHERTEXT", "unsupported"),
        (40, "call"),
        (27, "group_update"),
        ("GROUP_CREATE", "group_update"),
        (68, "system"),
    ],
)
def test_a_message_of_whatsapps_own_making_says_what_it_is(stub: Any, kind: str) -> None:
    item = one(upsert(None, messageStubType=stub, messageStubParameters=["x"]))
    assert (item.kind, item.raw_kind) == (kind, str(stub))
    assert one(upsert({"conversation": "a"}, messageStubType=2)).kind == "text", "content wins"
