"""Evolution bodies of our own making: invented people, invented ids, the shapes of providers.md §1."""

from __future__ import annotations

from typing import Any

import orjson

from domain.kernel.items import Item, Normalised
from gateways.evolution.normalise import normalise

LEAD = "5527996001122@s.whatsapp.net"
LEAD_LID = "70012345678901@lid"
OWNER = "5527930004455@s.whatsapp.net"
GROUP = "120363019998887776@g.us"
MESSAGE_ID = "3EB0AA11BB22CC33"
TIME = 1790000000  # 2026-09-21T14:13:20Z


def key(**over: Any) -> dict[str, Any]:
    return {"remoteJid": LEAD, "fromMe": False, "id": MESSAGE_ID, **over}


def envelope(event: str, data: Any, **over: Any) -> dict[str, Any]:
    return {
        "event": event,
        "instance": "vitoria",
        "data": data,
        "destination": "https://hooks.example/in?to=a b",
        "date_time": "2031-01-01T00:00:00.000Z",
        "sender": OWNER,
        "server_url": "https://evo.example",
        "apikey": "token-of-the-instance",
        **over,
    }


def upsert(message: Any, *, event: str = "messages.upsert", **over: Any) -> dict[str, Any]:
    data = {
        "key": key(),
        "pushName": "Rosa",
        "message": message,
        "messageType": "conversation",
        "messageTimestamp": TIME,
        "source": "android",
        **over,
    }
    return envelope(event, data)


def read(body: Any) -> Normalised:
    return normalise(orjson.dumps(body))


def one(body: Any) -> Item:
    found = read(body)
    assert len(found.items) == 1, found
    return found.items[0]
