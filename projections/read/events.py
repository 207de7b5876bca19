"""Events as they stand in the journal, decoded. Sealed fields stay sealed."""

from __future__ import annotations

from dataclasses import dataclass

from eventlog.codec import Codec, default_codec
from eventlog.model import LogRecord, Position, Recorded
from projections.headers import unpack
from projections.read.db import ReadDb


@dataclass(frozen=True, slots=True)
class Placed:
    """An event and where it stands in the log."""

    position: Position
    recorded: Recorded


class EventReader:
    """Reads as the runner: which company may see an event is the caller's business."""

    def __init__(self, db: ReadDb, codec: Codec | None = None) -> None:
        self._db = db
        self._codec = codec or default_codec()

    async def event_at(self, journey: str, stream: str, version: int) -> Recorded | None:
        """The event of that version, None where there is none (yet)."""
        found = await self._select(
            "journey = %s and stream = %s and version = %s and applied", journey, stream, version
        )
        return found[0].recorded if found else None

    async def stream_events(
        self, journey: str, stream: str, *, after: int = 0, limit: int = 1000
    ) -> tuple[Placed, ...]:
        """In version order, from version after + 1."""
        return await self._select(
            "journey = %s and stream = %s and version > %s and applied order by version limit %s",
            journey, stream, after, limit,
        )  # fmt: skip

    async def journey_events(
        self, journey: str, *, after: Position | None = None, limit: int = 1000
    ) -> tuple[Placed, ...]:
        """All streams of a journey in the order of the log."""
        place = after or Position(0, 0, -1)
        return await self._select(
            "journey = %s and (epoch, log_offset) > (%s, %s) and version is not null"
            " order by epoch, log_offset limit %s",
            journey, place.epoch, place.offset, limit,
        )  # fmt: skip

    async def last_of(self, journey: str, stream: str, topic: str) -> Recorded | None:
        """The newest event of that type in the stream, None where there is none."""
        found = await self._select(
            "journey = %s and stream = %s and topic = %s and version is not null and applied"
            " order by version desc limit 1",
            journey, stream, topic,
        )  # fmt: skip
        return found[0].recorded if found else None

    async def by_id(self, event_id: str) -> Placed | None:
        found = await self._select("event_id = %s and version is not null and applied", event_id)
        return found[0] if found else None

    async def record(self, position: Position) -> LogRecord | None:
        """The raw record at a position, as the log holds it (its time stamp is not kept: 0)."""
        async with self._db.system() as conn:
            cursor = await conn.execute(
                "select key, value, headers from core.journal where (epoch, partition, log_offset) = (%s, %s, %s)",
                position,
            )
            row = await cursor.fetchone()
        if row is None:
            return None
        return LogRecord(position.partition, position.offset, 0, bytes(row[0]), bytes(row[1]), unpack(bytes(row[2])))

    async def _select(self, where: str, *values: object) -> tuple[Placed, ...]:
        async with self._db.system() as conn:
            cursor = await conn.execute(
                f"select epoch, partition, log_offset, value from core.journal where {where}",  # noqa: S608 - ours
                values,
            )
            rows = await cursor.fetchall()
        return tuple(
            Placed(Position(epoch, partition, offset), self._codec.decode_event(bytes(value)))
            for epoch, partition, offset, value in rows
        )
