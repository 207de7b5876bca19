"""Evolution API v2 over HTTP (providers.md 1.4, 1.5): what Legion sends, asks and sets up.

Nothing here is tried twice: who calls decides that by the error (gateways.errors), and a send never is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Final, Literal, Self
from urllib.parse import quote

import httpx

from domain.kernel.errors import OutcomeUnknown
from gateways.evolution.jid import bare
from gateways.evolution.receipts import provider_status
from gateways.evolution.verify import SECRET_HEADER
from gateways.evolution.wire import exchange, text_of
from gateways.http import Timeouts
from gateways.values import elements, first_words, mapping, moment, truth, words

Presence = Literal["composing", "recording", "paused", "available", "unavailable"]

# Node closes idle connections after 5 s. A send on one that closes meanwhile ends as "unknown", so ours close first.
_KEEPALIVE_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Sent:
    """Evolution took the message (201, status PENDING): it stands in its queue, not yet at WhatsApp."""

    provider_id: str
    jid: str | None
    status: str | None
    timestamp: datetime | None


@dataclass(frozen=True, slots=True)
class NumberCheck:
    """number: as asked. jid: to be stored and used from then on."""

    number: str
    exists: bool
    jid: str | None


@dataclass(frozen=True, slots=True)
class ReadMark:
    """A message to be shown as read."""

    remote_jid: str
    message_id: str
    from_me: bool = False


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message that Evolution has in its database. status: Evolution's last word (READ, …)."""

    provider_id: str
    remote_jid: str | None
    from_me: bool
    text: str | None
    status: str | None
    timestamp: datetime | None


class EvolutionClient:
    """base_url: of the server. apikey: its global key or an instance's token. Close it, or use `async with`."""

    def __init__(
        self, base_url: str, apikey: str, *, timeouts: Timeouts | None = None, pool: httpx.AsyncClient | None = None
    ) -> None:
        self.timeouts = timeouts or Timeouts()
        self._http = pool or httpx.AsyncClient(base_url=base_url, limits=httpx.Limits(keepalive_expiry=_KEEPALIVE_S))
        self._base_url = base_url
        self._headers = {"apikey": apikey, "content-type": "application/json"}

    def using(self, apikey: str) -> EvolutionClient:
        """The same server and connections with another key (an instance's own token). Close the first one only."""
        return EvolutionClient(self._base_url, apikey, timeouts=self.timeouts, pool=self._http)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    async def send_text(self, instance: str, number: str, text: str, *, quoted_id: str | None = None) -> Sent:
        """Sends a text to a number or JID, at once (no `delay`: it would block the call) and exactly once.

        Raises NeverSent, RateLimited, RefusedByProvider (nothing was sent) or OutcomeUnknown (it may have been).
        """
        body: dict[str, Any] = {"number": number, "text": text}
        if quoted_id is not None:
            body["quoted"] = {"key": {"id": quoted_id}}
        answer = mapping(await self._post("message/sendText", instance, body, repeatable=False))
        key = mapping(answer.get("key"))
        provider_id = words(key.get("id"))
        if provider_id is None:
            raise OutcomeUnknown(detail="accepted without a message id")
        time = moment(answer.get("messageTimestamp"))
        return Sent(provider_id, bare(key.get("remoteJid")), words(answer.get("status")), time)

    async def send_presence(self, instance: str, number: str, presence: Presence, delay_ms: int = 0) -> None:
        """Shows "typing" or "recording" for `delay_ms`; the call lasts that long (the flat body, not OpenAPI's)."""
        body = {"number": number, "presence": presence, "delay": delay_ms}
        await self._post("chat/sendPresence", instance, body, timeouts=self.timeouts.waiting(delay_ms / 1000))

    async def mark_read(self, instance: str, messages: Sequence[ReadMark]) -> None:
        """Blue ticks for the lead's messages."""
        marks = [{"remoteJid": m.remote_jid, "fromMe": m.from_me, "id": m.message_id} for m in messages]
        await self._post("chat/markMessageAsRead", instance, {"readMessages": marks})

    async def whatsapp_numbers(self, instance: str, numbers: Iterable[str]) -> list[NumberCheck]:
        """Which numbers have WhatsApp, and under which JID; once for each new contact."""
        rows = elements(await self._post("chat/whatsappNumbers", instance, {"numbers": list(numbers)}))
        return [
            NumberCheck(words(row.get("number")) or "", truth(row.get("exists")), bare(row.get("jid")))
            for row in map(mapping, rows)
        ]

    async def connection_state(self, instance: str) -> str | None:
        """open, connecting or close."""
        answer = mapping(await self._call("GET", "instance/connectionState", instance, None))
        return first_words(mapping(answer.get("instance")).get("state"), answer.get("state"))

    async def set_webhook(self, instance: str, url: str, secret: str, events: Sequence[str] = ()) -> None:
        """Where the instance reports, with the static secret header. No events: all of them.

        The body is nested; the flat form of the documentation is silently ignored by the server.
        """
        webhook = {
            "enabled": True,
            "url": url,
            "headers": {SECRET_HEADER: secret},
            "byEvents": False,
            "base64": False,
            "events": list(events),
        }
        await self._post("webhook/set", instance, {"webhook": webhook})

    async def find_message(self, instance: str, provider_id: str) -> StoredMessage | None:
        """The stored message of an id. None is no proof that it was never sent."""
        found = await self._find(instance, {"key": {"id": provider_id}}, limit=1)
        return next((message for message in found if message.provider_id == provider_id), None)

    async def recent_messages(self, instance: str, remote_jid: str, *, limit: int = 50) -> list[StoredMessage]:
        """The chat's stored messages, newest first: where a send without an answer is looked for by its words.

        Evolution has no field for a reference of ours.
        """
        return await self._find(instance, {"key": {"remoteJid": remote_jid}}, limit=limit)

    async def _find(self, instance: str, where: dict[str, Any], *, limit: int) -> list[StoredMessage]:
        body = {"where": where, "page": 1, "offset": limit}
        answer = await self._post("chat/findMessages", instance, body)
        found = mapping(answer).get("messages")
        rows = answer if isinstance(answer, list) else elements(mapping(found).get("records", found))
        return [message for row in rows if (message := _stored(mapping(row)))]

    async def _post(
        self, path: str, instance: str, body: object, *, repeatable: bool = True, timeouts: Timeouts | None = None
    ) -> Any:
        return await self._call("POST", path, instance, body, repeatable=repeatable, timeouts=timeouts)

    async def _call(
        self,
        method: str,
        path: str,
        instance: str,
        body: object,
        *,
        repeatable: bool = True,
        timeouts: Timeouts | None = None,
    ) -> Any:
        target = f"/{path}/{quote(instance, safe='')}"
        within = timeouts or self.timeouts
        return await exchange(self._http, method, target, body, within, headers=self._headers, repeatable=repeatable)


def _stored(row: dict[str, Any]) -> StoredMessage | None:
    key = mapping(row.get("key"))
    provider_id = words(key.get("id"))
    if provider_id is None:
        return None
    # Receipts lie beside the message, in the order in which they came.
    updates = [status for each in elements(row.get("MessageUpdate")) if (status := words(mapping(each).get("status")))]
    return StoredMessage(
        provider_id=provider_id,
        remote_jid=bare(key.get("remoteJid")),
        from_me=truth(key.get("fromMe")),
        text=text_of(row.get("message")),
        status=provider_status(updates[-1] if updates else words(row.get("status"))),
        timestamp=moment(row.get("messageTimestamp")),
    )
