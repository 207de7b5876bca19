"""From a verified body to one record of [ingress]: sealed, inline or by reference, acknowledged by the broker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from api.ingress.body import INLINE_BODY
from eventlog.dlq import DeadLetter, Dlq
from eventlog.ingress import IngressRecord, body_aad
from eventlog.model import Position
from eventlog.producer import RawLog
from eventlog.topics import Topics
from vault.credentials import InstanceRef
from vault.daykeys import seal_body
from vault.db import Vault

Clock = Callable[[], datetime]
PROCESSOR: Final = "ingress"
MAX_CONTENT_TYPE: Final = 200
"""Characters kept of the sender's word for it."""


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Acceptor:
    """Makes what was received durable. Raises Unavailable whenever it is not: the edge then answers 503."""

    vault: Vault
    log: RawLog
    topics: Topics
    clock: Clock = utc_now

    async def accept(self, provider: str, instance: InstanceRef, body: bytes, content_type: str) -> Position:
        """Returns after all in-sync replicas have the record."""
        record = await self.sealed(provider, instance, body, content_type)
        return await self.log.append(self.topics.ingress, record.key, record.value, record.headers)

    async def sealed(self, provider: str, instance: InstanceRef, body: bytes, content_type: str) -> IngressRecord:
        """The record of the body, not in the log yet: sealed with the key of today."""
        now = self.clock()
        day, key = await self.vault.daykeys.current()
        ref, sealed = None, None
        if len(body) > INLINE_BODY:
            ref = await self.vault.bodies.put(body, day)
        else:
            sealed = seal_body(key, body_aad(instance.company, instance.instance), body)
        return IngressRecord(
            company=instance.company,
            instance=instance.instance,
            provider=provider,
            day_key=day.isoformat(),
            received_ms=int(now.timestamp() * 1000),
            content_type=content_type[:MAX_CONTENT_TYPE],
            ref=ref,
            sealed=sealed,
        )

    async def reject(self, instance: str, code: str, detail: str) -> None:
        """A dead letter for what was never in the log: too large, not unpackable, or strangers in sum."""
        number = int(self.clock().timestamp() * 1_000_000)  # its "offset": the moment, in microseconds
        letter = DeadLetter(
            processor=PROCESSOR,
            code=code,
            detail=detail,
            topic=self.topics.ingress,
            partition=-1,
            offset=number,
            key=instance.encode(),
        )
        await Dlq(self.log, self.topics).send(letter)
