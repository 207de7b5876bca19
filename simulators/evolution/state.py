"""What the simulated WhatsApp knows: instances, chats, messages; kept in a journal of JSON lines when asked to."""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

OWNER_NUMBER: Final = "5511900000001"
ACKS: Final = ("PENDING", "SERVER_ACK", "DELIVERY_ACK", "READ")


@dataclass(slots=True)
class Webhook:
    """events: names of the configuration; none means all."""

    url: str
    headers: dict[str, str] = field(default_factory=dict)
    events: list[str] = field(default_factory=list)
    by_events: bool = False
    enabled: bool = True


@dataclass(slots=True)
class Instance:
    """state: open, connecting, close."""

    name: str
    id: str
    token: str
    number: str = OWNER_NUMBER
    state: str = "close"
    webhook: Webhook | None = None

    @property
    def owner_jid(self) -> str:
        return f"{self.number}@s.whatsapp.net"


@dataclass(slots=True)
class Message:
    """One message in a chat of two. origin: lead, owner (typed on the phone), api. at: seconds since the epoch.

    shown: it has reached the lead's screen. history: the acknowledgements in order.
    """

    id: str
    instance: str
    phone: str
    origin: str
    content: dict[str, Any]
    at: float
    timestamp: int
    name: str
    lid: str | None = None
    quoted_id: str | None = None
    status: str = "PENDING"
    shown: bool = False
    history: list[str] = field(default_factory=list)

    @property
    def jid(self) -> str:
        return f"{self.phone}@s.whatsapp.net"

    @property
    def from_me(self) -> bool:
        return self.origin != "lead"

    @property
    def text(self) -> str:
        extended = self.content.get("extendedTextMessage")
        nested = extended.get("text") if isinstance(extended, dict) else None
        return str(self.content.get("conversation") or nested or "")

    def public(self) -> dict[str, Any]:
        """As the page and tests see it."""
        names = ("id", "instance", "phone", "origin", "name", "at", "status", "shown", "quoted_id")
        return {**{name: getattr(self, name) for name in names}, "text": self.text, "content": self.content}


def digits(number: str) -> str:
    """The phone of a number or JID."""
    return re.sub(r"\D", "", number.partition("@")[0].partition(":")[0])


def new_id() -> str:
    """As WhatsApp Web makes them."""
    return "3EB0" + uuid.uuid4().hex[:18].upper()


class Store:
    """In memory; with a folder also on disk, so that a second start continues where the first ended."""

    def __init__(self, folder: Path | None = None) -> None:
        self.instances: dict[str, Instance] = {}
        self.messages: dict[str, Message] = {}
        self.tenant = ""
        self._journal: Path | None = None
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            self._journal = folder / "journal.jsonl"
            self._replay(self._journal)

    def save_instance(self, instance: Instance) -> None:
        self.instances[instance.name] = instance
        self._append({"instance": asdict(instance)})

    def remove_instance(self, instance: Instance) -> None:
        self.instances.pop(instance.name, None)
        self._append({"removed": instance.name})

    def save_message(self, message: Message) -> None:
        self.messages[message.id] = message
        self._append({"message": asdict(message)})

    def save_tenant(self, tenant: str) -> None:
        """Whose events the page shows (Legion's header X-Tenant-ID)."""
        self.tenant = tenant
        self._append({"tenant": tenant})

    def chat(self, instance: str, phone: str) -> list[Message]:
        return [each for each in self.messages.values() if each.instance == instance and each.phone == phone]

    def _append(self, row: dict[str, Any]) -> None:
        if self._journal is not None:
            with self._journal.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")

    def _replay(self, journal: Path) -> None:
        if not journal.exists():
            return
        for line in journal.read_text(encoding="utf-8").splitlines():
            try:
                row = json.loads(line)
            except ValueError:
                continue  # the last line of a killed process
            if "instance" in row:
                webhook = row["instance"].pop("webhook")
                made = Instance(**row["instance"], webhook=Webhook(**webhook) if webhook else None)
                self.instances[made.name] = made
            elif "removed" in row:
                self.instances.pop(row["removed"], None)
            elif "tenant" in row:
                self.tenant = row["tenant"]
            elif "message" in row:
                message = Message(**row["message"])
                self.messages[message.id] = message
