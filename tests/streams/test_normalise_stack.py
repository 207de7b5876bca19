"""Whatever an authenticated body holds ends as commands or as a dead letter that says why."""

from __future__ import annotations

from base64 import b64decode
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest

from eventlog.consumer import log_record
from eventlog.dlq import Dlq
from eventlog.ingress import IngressRecord
from projections.read.events import EventReader
from proof.ground.edge import records
from proof.ground.shop import Shop, Talk
from proof.ground.world import SECRET, Ground, until
from streams.normalise.contracts import ContractHints
from streams.normalise.edge import Edge
from streams.normalise.normaliser import Normaliser

pytestmark = pytest.mark.stack


async def post(shop: Shop, body: bytes) -> None:
    url = f"{shop.ground.ingress_url}/ingress/evolution/{shop.name}"
    answer = await shop.ground.http.post(url, content=body, headers={"x-webhook-secret": SECRET})
    assert answer.status_code == 200


def upsert(shop: Shop, talk: Talk, text: str, **changes: Any) -> dict[str, Any]:
    key = {"remoteJid": f"{talk.phone}@s.whatsapp.net", "fromMe": False, "id": uuid4().hex} | changes.pop("key", {})
    data = {
        "key": key,
        "pushName": "Bia",
        "message": {"conversation": text},
        "messageType": "conversation",
        "messageTimestamp": int(datetime.now(UTC).timestamp()),
    } | changes
    return {"event": "messages.upsert", "instance": shop.name, "data": data}


async def letters(shop: Shop) -> list[dict[str, Any]]:
    """Dead letters of the shop's records."""
    found = await records(shop.ground.places.kafka, shop.ground.places.topics.dlq)
    read = [orjson.loads(each.value) for each in found]
    return [each for each in read if each["processor"] == "normalise" and _is_of(each, shop)]


def _is_of(letter: dict[str, Any], shop: Shop) -> bool:
    return b64decode(letter["key"]).decode() == shop.instance


async def reported(shop: Shop) -> list[tuple[str, str | None]]:
    """(kind, code) of what was recorded of the instance and no person."""
    placed = await EventReader(shop.ground.reads).stream_events(f"tenant/{shop.company}", f"instance-{shop.instance}")
    events: list[Any] = [each.recorded.event for each in placed]
    return [(event.kind, event.code) for event in events if event.TOPIC == "InstanceItemRecorded"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "not_understood"),
        (b"{not json", "not_understood"),
        (b'{"some": "shape"}', "not_understood"),
        (b"[]", "not_understood"),
        (b'{"event": "messages.upsert", "instance": "x", "data": ["words"]}', "not_understood"),
    ],
)
async def test_what_is_not_understood_becomes_a_dead_letter(shop: Shop, body: bytes, code: str) -> None:
    before = len(await letters(shop))
    await post(shop, body)

    async def buried() -> bool:
        return len(await letters(shop)) > before

    await until("the letter", buried)
    letter = (await letters(shop))[-1]
    assert letter["code"] == code
    assert letter["detail"]
    assert letter["body"] is None


async def test_the_others_of_a_batch_go_on(shop: Shop) -> None:
    talk = shop.talk()
    body = upsert(shop, talk, "kept")
    body["data"] = [body["data"], "odd"]
    await post(shop, orjson.dumps(body))

    async def received() -> bool:
        return "MessageReceived" in await talk.topics()

    async def buried() -> bool:
        return any(each["code"] == "partly_understood" for each in await letters(shop))

    await until("the message", received)
    await until("the letter", buried)


async def test_an_unknown_event_is_recorded_by_its_kind(shop: Shop) -> None:
    await post(shop, orjson.dumps({"event": "brand.new", "instance": shop.name, "data": {"x": 1}}))

    async def recorded() -> bool:
        return ("other", None) in await reported(shop)

    await until("the item", recorded)


async def test_a_group_message_and_a_message_without_a_person_stay_with_the_instance(shop: Shop) -> None:
    talk = shop.talk()
    await post(shop, orjson.dumps(upsert(shop, talk, "hi all", key={"remoteJid": "120363000000000001@g.us"})))
    await post(shop, orjson.dumps(upsert(shop, talk, "who?", key={"remoteJid": "nobody"})))

    async def recorded() -> bool:
        found = await reported(shop)
        return ("text", None) in found and ("text", "no_person") in found

    await until("the items", recorded)


async def test_a_duplicate_is_one_message(shop: Shop) -> None:
    talk = shop.talk()
    body = orjson.dumps(upsert(shop, talk, "once"))
    for _ in range(3):
        await post(shop, body)
    await post(shop, orjson.dumps(upsert(shop, talk, "after")))

    async def both() -> bool:
        return {"once", "after"} <= {m.text for m in await talk.messages()}

    await until("both messages", both)
    assert [m.text for m in await talk.messages() if m.direction == "in"].count("once") == 1


async def test_edits_reactions_and_deletions_reach_their_message(shop: Shop) -> None:
    talk = shop.talk()
    first, second = upsert(shop, talk, "frist"), upsert(shop, talk, "second")
    for body in (first, second):
        await post(shop, orjson.dumps(body))

    async def received() -> bool:
        return (await talk.topics()).count("MessageReceived") == 2

    await until("the messages", received)
    jid = f"{talk.phone}@s.whatsapp.net"
    ids = [body["data"]["key"]["id"] for body in (first, second)]
    target = {"remoteJid": jid, "fromMe": False, "id": ids[0]}
    edit = {"protocolMessage": {"key": target, "type": "MESSAGE_EDIT", "editedMessage": {"conversation": "first"}}}
    reaction = {"reactionMessage": {"key": target, "text": "👍"}}
    await post(shop, orjson.dumps(upsert(shop, talk, "", message=edit)))
    await post(shop, orjson.dumps(upsert(shop, talk, "", message=reaction)))
    deletion = {"remoteJid": jid, "fromMe": False, "id": ids[1]}
    await post(shop, orjson.dumps({"event": "messages.delete", "instance": shop.name, "data": deletion}))

    async def touched() -> bool:
        by_id = {m.provider_id: m for m in await talk.messages()}
        one, two = by_id[ids[0]], by_id[ids[1]]
        return one.text == "first" and one.reaction == "👍" and two.deleted

    await until("the touches", touched)


async def test_a_time_in_the_future_is_answered(shop: Shop) -> None:
    talk = shop.talk()
    future = int((datetime.now(UTC) + timedelta(days=400)).timestamp())
    await post(shop, orjson.dumps(upsert(shop, talk, "hi", messageTimestamp=future)))
    await talk.answered()


async def test_a_body_by_reference_is_read_from_the_vault(shop: Shop) -> None:
    talk = shop.talk()
    await post(shop, orjson.dumps(upsert(shop, talk, "big") | {"padding": "x" * 600_000}))

    async def received() -> bool:
        return "big" in {m.text for m in await talk.messages()}

    await until("the message", received)


async def test_a_record_that_does_not_open_is_a_dead_letter(legion: Ground, shop: Shop) -> None:
    key_id, _ = await legion.vault.daykeys.get_or_create(datetime.now(UTC).date())
    record = IngressRecord(
        company=shop.company,
        instance=shop.instance,
        provider="evolution",
        day_key=key_id,
        received_ms=0,
        sealed=b"x" * 40,
    )
    topic = legion.places.topics.ingress
    await legion.raw.append(topic, record.key, record.value, record.headers)
    await legion.raw.append(topic, record.key, b"?", ())

    async def buried() -> bool:
        codes = {each["code"] for each in await letters(shop)}
        return {"seal_broken", "ingress_malformed"} <= codes

    await until("the letters", buried)


async def test_a_rerun_sends_the_same_item_under_another_id_and_takes_no_other(legion: Ground, shop: Shop) -> None:
    """Of a body with two messages the moved one is run again: late, refused as known, answered to nobody."""
    talk = shop.talk()
    body = upsert(shop, talk, "moved")
    other = upsert(shop, talk, "stays")
    body["data"] = [body["data"], other["data"]]
    await post(shop, orjson.dumps(body))

    async def received() -> bool:
        return (await talk.topics()).count("MessageReceived") == 2

    await until("the messages", received)
    places = legion.places
    found = [each for each in await records(places.kafka, places.topics.ingress) if each.key == shop.instance.encode()]
    normaliser = Normaliser(
        vault=legion.vault,
        edge=Edge(legion.vault, legion.reads),
        commands=legion.commands,
        dlq=Dlq(legion.raw, places.topics),
        contracts=ContractHints(legion.reads),
        topic=places.topics.ingress,
        late_after=timedelta(hours=2),
    )
    moved = body["data"][0]["key"]["id"]
    tried = [await normaliser.prepare(log_record(each), only=moved) for each in found]
    (first,) = [each for each in tried if each.commands]  # receipts of other talks came in meanwhile
    again = await normaliser.prepare(first.record, run=1, only=moved)
    assert len(first.commands) == len(again.commands) == 1
    (meta, command), (first_meta, _) = again.commands[0], first.commands[0]
    assert meta.command_id != first_meta.command_id
    assert getattr(command, "late", None) is True
    assert await normaliser.commit(again)
    outcome = await legion.outcomes.wait(meta.journey, meta.command_id, 10)
    assert outcome is not None
    assert (outcome.accepted, outcome.code) == (False, "duplicate")
