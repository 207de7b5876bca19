"""The simulated WhatsApp: leads' phones, the owner's phone, and what Evolution reports of them by webhook."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import Counter
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final

from simulators.evolution import payloads
from simulators.evolution.delivery import Courier, Delivery
from simulators.evolution.faults import Faults
from simulators.evolution.state import ACKS, Instance, Message, Store, digits, new_id

# Seconds after the acceptance of a message until WhatsApp's server, the lead's phone and the lead's eyes have it.
ACK_AFTER_S: Final = {"SERVER_ACK": 0.3, "DELIVERY_ACK": 0.8, "READ": 2.0}
_QUEUE: Final = 500  # events that a slow page may lag behind before it loses some


class Network:
    """pace: factor on every simulated time. server_url: as bodies name it."""

    def __init__(self, store: Store, courier: Courier, faults: Faults, *, pace: float, server_url: str) -> None:
        self.store = store
        self.courier = courier
        self.faults = faults
        self.pace = pace
        self._server_url = server_url
        self._tasks: set[asyncio.Task[None]] = set()
        self._watchers: set[asyncio.Queue[dict[str, Any]]] = set()
        courier.on_delivered = self._arrived

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.courier.close()

    # Instances

    def create(self, name: str, *, token: str = "", number: str = "") -> Instance:
        instance = Instance(name=name, id=str(uuid.uuid4()), token=token or str(uuid.uuid4()).upper())
        instance.number = digits(number) or instance.number
        self.store.save_instance(instance)
        return instance

    def connect(self, instance: Instance) -> None:
        """Shows a code, and is scanned by itself a moment later."""
        if instance.state == "open":
            return
        self._set_state(instance, "connecting", 0)
        self.report(instance, "qrcode.updated", {"qrcode": payloads.qr_code(instance)})
        self._later(1.0, partial(self._scanned, instance))

    def _scanned(self, instance: Instance) -> None:
        if instance.state == "connecting":
            self._set_state(instance, "open", 200)

    def close_connection(self, instance: Instance, reason: int) -> None:
        self._set_state(instance, "close", reason)

    def _set_state(self, instance: Instance, state: str, reason: int) -> None:
        if self.store.instances.get(instance.name) is not instance:
            return
        instance.state = state
        self.store.save_instance(instance)
        self.report(instance, "connection.update", payloads.connection(instance, reason))
        self.tell({"type": "instance", "instance": instance.name, "state": state})

    # Messages

    def from_lead(self, instance: Instance, phone: str, content: dict[str, Any], **facts: Any) -> Message:
        """The lead writes. facts: name, id, lid, quoted_id, timestamp as wanted."""
        return self._typed(instance, phone, "lead", content, facts)

    def from_owner(self, instance: Instance, phone: str, content: dict[str, Any], **facts: Any) -> Message:
        """Somebody types on the phone of the company."""
        message = self._typed(instance, phone, "owner", content, facts)
        self._acknowledge(instance, message)
        return message

    def from_api(
        self, instance: Instance, number: str, content: dict[str, Any], quoted_id: str | None, *, fails: bool
    ) -> Message:
        """Accepted through sendText. fails: WhatsApp will acknowledge it with ERROR."""
        now = time.time()
        message = Message(
            new_id(), instance.name, digits(number), "api", content, now, int(now), "", quoted_id=quoted_id
        )
        message.shown = not fails
        self.store.save_message(message)
        self.tell({"type": "message", "message": message.public()})
        self.report(instance, "send.message", payloads.record(message, instance), message.id)
        if fails:
            self._later(0.36, lambda: self._status(instance, message, "ERROR"))
        else:
            self._acknowledge(instance, message)
        return message

    def mark_read(self, instance: Instance, ids: list[str]) -> None:
        """The company has seen the lead's messages: blue ticks on his phone."""
        for message in filter(None, map(self.store.messages.get, ids)):
            if message.instance == instance.name and not message.from_me:
                message.status = "READ"
                self.store.save_message(message)
                self.tell({"type": "status", "id": message.id, "status": "READ"})

    def presence(self, instance: Instance, number: str, presence: str, delay_ms: int) -> None:
        """What the lead sees below the company's name."""
        told = {"presence": presence, "ms": int(delay_ms * self.pace)}
        self.tell({"type": "presence", "instance": instance.name, "phone": digits(number), **told})

    def sent(self, instance: str | None, phone: str | None) -> list[dict[str, Any]]:
        """What leads saw of us, oldest first. `count`: how often this text was shown in this chat."""
        shown = [
            message
            for message in self.store.messages.values()
            if message.origin == "api" and message.shown
            if instance in (None, message.instance) and phone in (None, message.phone)
        ]
        counts = Counter((message.instance, message.phone, message.text) for message in shown)
        return [
            {**message.public(), "count": counts[message.instance, message.phone, message.text]} for message in shown
        ]

    # Telling

    def watch(self) -> asyncio.Queue[dict[str, Any]]:
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(_QUEUE)
        self._watchers.add(queue)
        return queue

    def unwatch(self, queue: asyncio.Queue[dict[str, Any]]) -> None:
        self._watchers.discard(queue)

    def tell(self, what: dict[str, Any]) -> None:
        for queue in self._watchers:
            if not queue.full():
                queue.put_nowait(what)

    def report(self, instance: Instance, event: str, data: Any, message_id: str | None = None) -> None:
        body = payloads.envelope(event, instance, data, server_url=self._server_url, now=time.time())
        self.courier.send(instance.webhook, body, message_id)

    async def pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds * self.pace)

    def _typed(
        self, instance: Instance, phone: str, origin: str, content: dict[str, Any], facts: dict[str, Any]
    ) -> Message:
        now = time.time()
        message = Message(
            id=facts.get("id") or new_id(),
            instance=instance.name,
            phone=digits(phone),
            origin=origin,
            content=content,
            at=now,
            timestamp=int(facts.get("timestamp") or now),
            name=facts.get("name") or ("Legion Sim" if origin == "owner" else "Lead"),
            lid=facts.get("lid"),
            quoted_id=facts.get("quoted_id"),
            status="SERVER_ACK",
            shown=True,
        )
        self.store.save_message(message)
        self.tell({"type": "message", "message": message.public()})
        self.report(instance, "messages.upsert", payloads.record(message, instance), message.id)
        return message

    def _acknowledge(self, instance: Instance, message: Message) -> None:
        for status, seconds in ACK_AFTER_S.items():
            self._later(seconds, partial(self._status, instance, message, status))

    def _status(self, instance: Instance, message: Message, status: str) -> None:
        message.history.append(status)
        if status == "ERROR" or message.status not in ACKS or ACKS.index(status) > ACKS.index(message.status):
            message.status = status
        self.store.save_message(message)
        self.tell({"type": "status", "id": message.id, "status": message.status})
        self.report(instance, "messages.update", payloads.status_update(message, instance, status), message.id)

    def _arrived(self, delivery: Delivery) -> None:
        """A lead's message has reached the company: the second tick on his phone."""
        message = self.store.messages.get(delivery.message_id or "")
        if message is not None and not message.from_me and message.status == "SERVER_ACK":
            message.status = "DELIVERY_ACK"
            self.store.save_message(message)
            self.tell({"type": "status", "id": message.id, "status": message.status})

    def _later(self, seconds: float, act: Callable[[], None]) -> None:
        async def wait() -> None:
            await self.pause(seconds)
            act()

        self._start(wait())

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
