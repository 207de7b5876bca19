"""The bodies of Evolution API v2, as pure functions of what happened (shapes of version 2.3)."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from typing import Any, Final

from simulators.evolution.state import Instance, Message

# Names of the configuration (MESSAGES_UPSERT) for the names in bodies (messages.upsert).
_SEPARATORS: Final = str.maketrans(".-", "__")
_PICTURE: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {n} {n}" shape-rendering="crispEdges">'
    '<rect width="{n}" height="{n}" fill="#fff"/>{cells}</svg>'
)


def configuration_name(event: str) -> str:
    return event.translate(_SEPARATORS).upper()


def envelope(event: str, instance: Instance, data: Any, *, server_url: str, now: float) -> dict[str, Any]:
    """What a webhook carries around its data. `sender` is the connected number, absent before pairing."""
    sender = {"sender": instance.owner_jid} if instance.state == "open" else {}
    return {
        "event": event,
        "instance": instance.name,
        "data": data,
        "destination": instance.webhook.url if instance.webhook else "",
        "date_time": datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        **sender,
        "server_url": server_url,
        "apikey": instance.token,
    }


def key(message: Message) -> dict[str, Any]:
    alternative = {"remoteJidAlt": message.lid, "addressingMode": "lid"} if message.lid else {}
    return {"remoteJid": message.jid, "fromMe": message.from_me, "id": message.id, **alternative}


def record(message: Message, instance: Instance) -> dict[str, Any]:
    """A message as messages.upsert and send.message carry it, and as sendText answers it."""
    kind = next((name for name in message.content if name not in ("messageContextInfo", "base64")), "conversation")
    quoted = {"contextInfo": {"stanzaId": message.quoted_id}} if message.quoted_id else {}
    return {
        "key": key(message),
        "pushName": message.name,
        "status": message.status if message.from_me else "DELIVERY_ACK",
        "message": message.content,
        **quoted,
        "messageType": kind,
        "messageTimestamp": message.timestamp,
        "instanceId": instance.id,
        "source": "web" if message.origin == "api" else "android",
    }


def status_update(message: Message, instance: Instance, status: str) -> dict[str, Any]:
    return {
        "keyId": message.id,
        "remoteJid": message.jid,
        "fromMe": message.from_me,
        "status": status,
        "instanceId": instance.id,
        "messageId": "cm" + hashlib.sha256(message.id.encode()).hexdigest()[:23],
    }


def stored(message: Message, instance: Instance) -> dict[str, Any]:
    """A row of findMessages: the receipts lie beside the message."""
    return {
        **record(message, instance),
        "id": "cm" + hashlib.sha256(message.id.encode()).hexdigest()[:23],
        "MessageUpdate": [{"status": status} for status in message.history],
    }


def connection(instance: Instance, reason: int) -> dict[str, Any]:
    owner = {"wuid": instance.owner_jid, "profileName": "Legion Sim"} if instance.state == "open" else {}
    return {"instance": instance.name, "state": instance.state, "statusReason": reason, **owner}


def qr_code(instance: Instance) -> dict[str, Any]:
    """Not a scannable code: a picture that looks like one, so that a screen has something to show."""
    digest = hashlib.sha512(instance.id.encode()).digest()
    size = 16
    cells = "".join(
        f'<rect x="{i % size}" y="{i // size}" width="1" height="1"/>'
        for i in range(size * size)
        if digest[i // 8 % len(digest)] >> (i % 8) & 1
    )
    picture = base64.b64encode(_PICTURE.format(n=size, cells=cells).encode()).decode()
    return {
        "instance": instance.name,
        "pairingCode": digest.hex()[:8].upper(),
        "code": f"2@{base64.b64encode(digest[:32]).decode()}",
        "base64": f"data:image/svg+xml;base64,{picture}",
    }


def instance_row(instance: Instance) -> dict[str, Any]:
    """A row of fetchInstances (the code's flat form, not the documentation's nested one)."""
    return {
        "id": instance.id,
        "name": instance.name,
        "connectionStatus": instance.state,
        "ownerJid": instance.owner_jid if instance.state == "open" else None,
        "profileName": "Legion Sim",
        "integration": "WHATSAPP-BAILEYS",
        "number": instance.number,
        "token": instance.token,
        "disconnectionReasonCode": None,
        "disconnectionAt": None,
    }


def problem(status: int, name: str, *message: Any) -> dict[str, Any]:
    """Evolution's error body."""
    return {"status": status, "error": name, "response": {"message": list(message)}}
