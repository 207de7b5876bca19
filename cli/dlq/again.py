"""Runs a dead letter's body again: as a new record of [ingress], in the next run. The log is never rewritten.

The new record carries the run and the first record's place, so that ids of commands follow from both: asked twice for
one letter, or by two people at once, the second changes nothing. [dlq] then says what was done (`Resent`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from api.ingress.accept import Acceptor
from domain.kernel.errors import LegionError, NotFound, Poison, Refused
from eventlog.dead_letters import Letter, Letters
from eventlog.dlq import Dlq, Resent
from eventlog.ingress import IngressRecord, body_aad
from eventlog.model import LogRecord, Position
from vault.credentials import InstanceRef
from vault.daykeys import open_body
from vault.db import Vault

MAX_DETAIL: Final = 120

FetchRecord = Callable[[int, int], Awaitable[LogRecord | None]]
"""(partition, offset) of [ingress] → the record, None when it has aged out (`streams.ingress_log.IngressLog`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """by: the account that asks, for the record in [dlq]."""

    vault: Vault
    acceptor: Acceptor
    fetch: FetchRecord
    by: str

    async def body(self, letter: Letter) -> bytes:
        """The opened body. Raises NotFound `body_gone` or `day_key_gone`, Refused `not_runnable`."""
        envelope = await self._envelope(letter)
        if envelope.ref is not None:
            return await self.vault.bodies.get(envelope.ref)
        key = await self.vault.daykeys.open(envelope.day_key)
        return open_body(key, body_aad(envelope.company, envelope.instance), envelope.value)

    async def retry(self, letters: Letters, letter: Letter) -> Resent:
        """Sends it as it is. Raises Refused (`not_runnable`, `already_resent`), NotFound `body_gone`, Unavailable."""
        _check_unsent(letters, letter)
        return await self._send(letter, await self._envelope(letter), edited=False)

    async def edit(self, letters: Letters, letter: Letter, body: bytes) -> Resent:
        """Sends another body in its place, sealed with the key of today. Raises as `retry`."""
        _check_unsent(letters, letter)
        old = await self._envelope(letter)
        whose = InstanceRef(old.company, old.instance, ())
        fresh = await self.acceptor.sealed(old.provider, whose, body, old.content_type)
        # When it came is when the first one came: the letter's record is still its cause.
        fresh = replace(fresh, received_ms=old.received_ms, first=old.first)
        return await self._send(letter, fresh, edited=True)

    async def _envelope(self, letter: Letter) -> IngressRecord:
        if not letter.runnable:
            raise Refused("not_runnable", f"a letter of {letter.processor} has no body in [ingress]")
        record = await self.fetch(letter.partition, letter.source_offset)
        if record is None:
            raise NotFound("body_gone", f"[ingress] no longer holds {letter.partition}:{letter.source_offset}")
        try:
            return IngressRecord.read(record.value, record.headers)
        except Poison as malformed:
            raise Refused("not_runnable", malformed.detail) from None

    async def _send(self, letter: Letter, record: IngressRecord, *, edited: bool) -> Resent:
        run = letter.run + 1
        first = record.first or (letter.partition, letter.source_offset)
        record = replace(record, run=run, first=first, letter=letter.id)
        log, topics = self.acceptor.log, self.acceptor.topics
        placed: Position = await log.append(topics.ingress, record.key, record.value, record.headers)
        done = Resent(
            letter=letter.id, edited=edited, by=self.by, run=run, partition=placed.partition, offset=placed.offset
        )
        await Dlq(log, topics).resent(done)
        return done


def _check_unsent(letters: Letters, letter: Letter) -> None:
    """Once for each letter: what dies again comes back as another one."""
    if done := letters.resent(letter):
        raise Refused("already_resent", f"as {done[0].partition}:{done[0].offset} of [ingress], by {done[0].by}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """resent: what was sent. failed: offset of a letter → why it was not. left: how many wait still."""

    resent: Sequence[Resent]
    failed: dict[int, str]
    left: int


async def retry_all(
    again: Again, letters: Letters, *, code: str | None, limit: int, rate: float, said: Callable[[Letter], object]
) -> Swept:
    """The eldest first. limit: at most so many. rate: letters a second. said: told of each before it is sent."""
    waiting = letters.waiting(code)
    resent: list[Resent] = []
    failed: dict[int, str] = {}
    began = time.monotonic()
    for number, letter in enumerate(waiting[:limit]):
        await asyncio.sleep(began + number / rate - time.monotonic())
        said(letter)
        try:
            resent.append(await again.retry(letters, letter))
        except LegionError as error:
            if error.status == 503:  # a part is away: the others would fail too
                raise
            failed[letter.offset] = f"{error.code}: {error.detail}"[:MAX_DETAIL]
    return Swept(resent=resent, failed=failed, left=len(waiting) - len(resent))
