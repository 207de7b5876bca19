"""What became of a command: the journal is the outcome table."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import NamedTuple

from domain.kernel.actor import Actor
from domain.kernel.errors import Unavailable
from eventlog.codec import Codec, default_codec
from eventlog.model import Recorded, Refusal
from projections.read.db import ReadDb
from projections.read.listener import Listener


class OutcomeEvent(NamedTuple):
    event_id: str
    topic: str
    stream: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """accepted: it caused `events`. Else `code` and `detail` say why not. offset: of its first record in [events].
    actor: who asked, without their grant."""

    accepted: bool
    code: str | None
    detail: str | None
    partition: int
    offset: int
    events: tuple[OutcomeEvent, ...]
    actor: Actor


class Outcomes:
    def __init__(self, db: ReadDb, listener: Listener, codec: Codec | None = None) -> None:
        self._db = db
        self._listener = listener
        self._codec = codec or default_codec()

    async def get(self, journey: str, command_id: str) -> Outcome | None:
        """None: not answered yet, or never sent. Raises Unavailable."""
        async with self._db.system() as conn:
            cursor = await conn.execute(
                "select partition, log_offset, event_id, topic, stream, version, value from core.journal"
                " where journey = %s and command_id = %s order by epoch, log_offset",
                (journey, command_id),
            )
            rows = await cursor.fetchall()
        if not rows:
            return None
        partition, offset = rows[0][:2]
        events = tuple(OutcomeEvent(*row[2:6]) for row in rows if row[5] is not None)
        body = self._codec.decode(bytes(rows[0][6]))
        assert isinstance(body, Recorded | Refusal), "an epoch's end answers no command"
        refusal = body if isinstance(body, Refusal) else None
        return Outcome(
            accepted=refusal is None,
            code=refusal.code if refusal else None,
            detail=refusal.detail if refusal else None,
            partition=partition,
            offset=offset,
            events=events,
            actor=body.meta.actor if isinstance(body, Recorded) else body.actor,
        )

    async def wait(self, journey: str, command_id: str, timeout: float) -> Outcome | None:  # noqa: ASYNC109 - its answer is a value
        """As `get`, as soon as the journal has it; None after `timeout` seconds. A database away is waited for."""
        deadline = time.monotonic() + timeout
        while True:
            left, since = deadline - time.monotonic(), self._listener.ticks
            try:
                outcome = await self.get(journey, command_id)
            except Unavailable:
                if left <= 0:
                    raise
                outcome = None
            if outcome is not None or left <= 0:
                return outcome
            await self._listener.moved(left, since=since)
