"""A lead's chat as Evolution tells of it: bodies in the order in which it happened, and what must stand after them."""

from __future__ import annotations

import random
import string
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from domain.kernel.items import RECEIPT_STATUSES
from simulators.evolution import payloads
from simulators.evolution.state import OWNER_NUMBER, Instance, Message

STEP_S: Final = 3
"""Between two things that happen: providers' clocks know seconds, and two edits within one have no order."""

TOPICS: Final = ("MessageReceived", "HumanMessageSent", "MessageEdited", "MessageDeleted", "ReactionReceived")
"""Each thing that happens is one event of one of these; of receipts only what advances is one."""

_ACKS: Final = {"SERVER_ACK": "sent", "DELIVERY_ACK": "delivered", "READ": "read"}
_EMOJI: Final = ("👍", "❤️", "😂", "")
_LETTERS: Final = string.ascii_letters + " áéíçã🙂"


@dataclass(slots=True)
class Truth:
    """One message as it must stand in the end. receipt: place in `RECEIPT_STATUSES`, counted from 1."""

    direction: str
    kind: str
    text: str | None
    quoted_id: str | None = None
    receipt: int | None = None
    edited: bool = False
    deleted: bool = False
    reaction: str | None = None


@dataclass(slots=True)
class History:
    """One lead. told: (event, data) in the order of what happened; the first is the lead's first message."""

    phone: str
    told: list[tuple[str, Any]] = field(default_factory=list)
    truth: dict[str, Truth] = field(default_factory=dict)
    events: Counter[str] = field(default_factory=Counter)

    @property
    def typed(self) -> bool:
        """Somebody wrote on the phone: people have the floor."""
        return self.events["HumanMessageSent"] > 0


def body(instance: Instance, event: str, data: Any, now: float) -> bytes:
    return orjson.dumps(payloads.envelope(event, instance, data, server_url="http://sim", now=now))


class Author:
    """Writes a history step by step. began: seconds since the epoch."""

    def __init__(self, rng: random.Random, began: int) -> None:
        self._rng = rng
        self._now = began
        self._name = self._words()
        self.history = History(f"55119{rng.randrange(10**8):08d}")

    def write(self, steps: int) -> History:
        self._says("lead")
        acts = (self._lead, self._lead, self._owner, self._edit, self._edit, self._react, self._delete, self._receipt)
        for _ in range(steps):
            self._now += STEP_S
            self._rng.choice(acts)()
        return self.history

    def _words(self) -> str:
        return "".join(self._rng.choices(_LETTERS, k=self._rng.randint(3, 30))).strip() or "oi"

    def _id(self) -> str:
        return f"3EB0{self._rng.getrandbits(72):018X}"

    def _lead(self) -> None:
        self._says("lead")

    def _owner(self) -> None:
        self._says("owner")

    def _says(self, origin: str) -> None:
        kind, content, text = self._content()
        quoted = self._rng.choice(list(self.history.truth)) if self.history.truth and self._rng.random() < 0.2 else None
        message = self._message(self._id(), origin, content, quoted)
        self.history.told.append(("messages.upsert", payloads.record(message, _ANY)))
        direction, topic = ("in", "MessageReceived") if origin == "lead" else ("human", "HumanMessageSent")
        self.history.truth[message.id] = Truth(direction, kind, text, quoted)
        self.history.events[topic] += 1

    def _content(self) -> tuple[str, dict[str, Any], str | None]:
        words = self._words()
        place = {"degreesLatitude": -23.5, "degreesLongitude": -46.6}
        kinds: list[tuple[str, dict[str, Any], str | None]] = [
            ("text", {"conversation": words}, words),
            ("text", {"extendedTextMessage": {"text": words}}, words),
            ("image", {"imageMessage": {"caption": words, "mimetype": "image/jpeg"}}, words),
            ("voice", {"audioMessage": {"mimetype": "audio/ogg; codecs=opus", "seconds": 4, "ptt": True}}, None),
            ("location", {"locationMessage": place}, None),
        ]
        return self._rng.choice(kinds)

    def _message(self, id_: str, origin: str, content: dict[str, Any], quoted: str | None = None) -> Message:
        at = float(self._now)
        return Message(id_, "", self.history.phone, origin, content, at, self._now, self._name, quoted_id=quoted)

    def _key(self, target: str) -> dict[str, Any]:
        own = self.history.truth[target].direction == "human"
        return {"remoteJid": f"{self.history.phone}@s.whatsapp.net", "fromMe": own, "id": target}

    def _pick(self, *directions: str) -> str | None:
        found = [id_ for id_, truth in self.history.truth.items() if truth.direction in directions]
        return self._rng.choice(found) if found else None

    def _edit(self) -> None:
        """As an event of its own under the target's id, or as a message with an id of its own."""
        target = self._pick("in", "human")
        assert target is not None
        truth, words = self.history.truth[target], self._words()
        new = {"key": self._key(target), "type": "MESSAGE_EDIT", "editedMessage": {"conversation": words}}
        if self._rng.random() < 0.5:
            self.history.told.append(("messages.edited", {**new, "timestampMs": str(self._now * 1000)}))
        else:
            origin = "lead" if truth.direction == "in" else "owner"
            message = self._message(self._id(), origin, {"protocolMessage": new})
            self.history.told.append(("messages.upsert", payloads.record(message, _ANY)))
        truth.text, truth.edited = words, True
        self.history.events["MessageEdited"] += 1

    def _react(self) -> None:
        target, emoji = self._pick("in", "human"), self._rng.choice(_EMOJI)
        assert target is not None
        content = {"reactionMessage": {"key": self._key(target), "text": emoji}}
        message = self._message(self._id(), "lead", content)
        self.history.told.append(("messages.upsert", payloads.record(message, _ANY)))
        self.history.truth[target].reaction = emoji or None
        self.history.events["ReactionReceived"] += 1

    def _delete(self) -> None:
        target = self._pick("in", "human")
        assert target is not None
        if self.history.truth[target].deleted:
            return
        self.history.told.append(("messages.delete", self._key(target)))
        self.history.truth[target].deleted = True
        self.history.events["MessageDeleted"] += 1

    def _receipt(self) -> None:
        target = self._pick("human")
        if target is None:
            return
        word = self._rng.choice(list(_ACKS))
        truth, rank = self.history.truth[target], RECEIPT_STATUSES.index(_ACKS[word]) + 1
        self.history.told.append(
            ("messages.update", payloads.status_update(self._message(target, "owner", {}), _ANY, word))
        )
        truth.receipt = max(truth.receipt or 0, rank)


_ANY: Final = Instance("any", "00000000-0000-4000-8000-000000000000", "", OWNER_NUMBER, "open")
"""What is told does not name the instance; the envelope does."""
