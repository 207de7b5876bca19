"""A backlog of webhook bodies in [ingress], some of which nobody can handle: made by the product's own encoder."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import orjson

from eventlog.ingress import IngressRecord, body_aad
from eventlog.producer import RawLog
from eventlog.topics import Topics
from vault.credentials import InstanceRef
from vault.daykeys import seal_body
from vault.db import Vault

LEADS: Final = 500
AT_ONCE: Final = 500

Place = tuple[int, int]
"""(partition, offset) in [ingress]."""

Spoil = Callable[[IngressRecord, Callable[[bytes], bytes]], tuple[bytes, IngressRecord]]


@dataclass(slots=True)
class Backlog:
    """poison: where each bad body stands → the code that its letter must have. lanes: instance → its bodies in order,
    each the number of a good one, or None for a bad one."""

    poison: dict[Place, str] = field(default_factory=dict)
    lanes: dict[str, list[int | None]] = field(default_factory=dict)

    @property
    def good(self) -> int:
        return sum(number is not None for lane in self.lanes.values() for number in lane)


def good_body(number: int, instance: str, now: int) -> bytes:
    """A message of one of `LEADS` leads; its provider id is its number."""
    key = {"remoteJid": f"5511{900_000_000 + number % LEADS}@s.whatsapp.net", "fromMe": False, "id": str(number)}
    data = {"key": key, "pushName": "Bia", "message": {"conversation": f"olá {number}"}, "messageTimestamp": now}
    return orjson.dumps({"event": "messages.upsert", "instance": instance, "data": data})


BAD_BODIES: Final = (b"", b"{not json", b"[]", b'{"some": "shape"}', b'{"event": "messages.upsert", "data": ["words"]}')


@dataclass(slots=True)
class Filler:
    """Appends to [ingress] what `api/ingress` would. Of bad ones there are six kinds: bodies that are no webhook, and
    records that no longer open or never named what they must."""

    vault: Vault
    log: RawLog
    topics: Topics
    rng: random.Random

    async def fill(self, instances: Sequence[InstanceRef], count: int, bad: frozenset[int]) -> Backlog:
        """count: bodies in all, round the instances; bad: which of them."""
        day, key = await self.vault.daykeys.current()
        backlog = Backlog(lanes={each.instance: [] for each in instances})
        now = int(time.time())

        def record(number: int) -> tuple[str, IngressRecord]:
            to = instances[number % len(instances)]
            code, body = ("not_understood", self.rng.choice(BAD_BODIES)) if number in bad else ("", b"")
            sealed = seal_body(key, body_aad(to.company, to.instance), body if code else good_body(number, "x", now))
            provider = "evolution"
            if code and self.rng.random() < 0.5:
                code = self.rng.choice(["seal_broken", "provider_unknown"])
                sealed = sealed[:-1] + bytes([sealed[-1] ^ 1]) if code == "seal_broken" else sealed
                provider = "carrier-pigeon" if code == "provider_unknown" else provider
            made = IngressRecord(
                company=to.company,
                instance=to.instance,
                provider=provider,
                day_key=day.isoformat(),
                received_ms=now * 1000,
                sealed=sealed,
            )
            return code, made

        for first in range(0, count, AT_ONCE):
            made = [record(number) for number in range(first, min(first + AT_ONCE, count))]
            appended = await asyncio.gather(
                *(self.log.append(self.topics.ingress, each.key, each.value, each.headers) for _, each in made)
            )
            for number, ((code, each), position) in enumerate(zip(made, appended, strict=True), first):
                backlog.lanes[each.instance].append(None if code else number)
                if code:
                    backlog.poison[position.partition, position.offset] = code
        return backlog
