"""A lead's trail from a generation: some events in the order of the log, and whatever they come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from domain.access.sight import Sight
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.ids import lead_journey
from eventlog.codec import Codec, default_codec
from eventlog.model import LogRecord, Position
from projections.headers import unpack
from projections.pool import Connection
from projections.read.db import ReadDb
from projections.read.events import Placed
from projections.read.page import decode_cursor, encode_cursor
from projections.trail.chain import chained
from projections.trail.graph import DEPTH, Graph, graph, wanted
from projections.trail.steps import TOPICS

MAX_LIMIT: Final = 1000
"""Events of one page: a life of months. Reading, hashing and decoding take half a millisecond an event on a busy
machine, however long the life is."""

PAGE: Final = """
select epoch, log_offset, command_id, event_id from core.journal
where company_id = %(company)s and journey = %(journey)s and applied and version is not null
    and (epoch, log_offset) > (%(epoch)s, %(offset)s) and (%(whole)s or topic = any (%(topics)s))
order by epoch, log_offset limit %(limit)s
"""

RECORDS: Final = """
select epoch, partition, log_offset, key, value, headers, event_id from core.journal
where company_id = %(company)s and journey = %(journey)s and command_id = any (%(commands)s) and applied
    and version is not null
order by epoch, log_offset
"""
"""Whole commits: a hash is over all records of one."""

OTHERS: Final = """
select epoch, partition, log_offset, value from core.journal
where company_id = %(company)s and event_id = any (%(ids)s) and applied and version is not null
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """next: the cursor that continues after these nodes, None at the end."""

    company: str
    lead: str
    graph: Graph
    next: str | None


class Trails:
    """sight: of who reads: a lead beyond it has no trail."""

    def __init__(self, reads: ReadDb, sight: Sight, codec: Codec | None = None) -> None:
        self._reads = reads
        self._sight = sight
        self._codec = codec or default_codec()

    async def trail(
        self, company: str, lead: str, *, whole: bool = False, limit: int = 200, after: str | None = None
    ) -> Trail:
        """whole: details too, else the steps alone. limit: events told, 1 to `MAX_LIMIT`. after: `next` of the page
        before.

        Raises NotFound `lead_not_found` where there is nothing to tell from the beginning, also of another company's
        and one beyond the sight; InvalidInput `cursor_invalid`, `limit_invalid`; Corrupt `journal_altered`;
        Unavailable.
        """
        if not 1 <= limit <= MAX_LIMIT:
            raise InvalidInput("limit_invalid", f"limit is 1 to {MAX_LIMIT}")
        epoch, offset = (0, -1) if after is None else decode_cursor(after, int, int)
        asked = {
            "company": company, "journey": lead_journey(lead), "epoch": epoch, "offset": offset, "whole": whole,
            "topics": list(TOPICS), "limit": limit + 1,
        }  # fmt: skip
        async with self._reads.company(company, self._sight) as conn:
            rows = await (await conn.execute(PAGE, asked)).fetchall()
            if not rows and after is None:
                raise NotFound("lead_not_found")
            page = rows[:limit]
            told = {event for _, _, _, event in page}
            asked["commands"] = list({command for _, _, command, _ in page})
            records = await (await conn.execute(RECORDS, asked)).fetchall()
            shown, known = list[Placed](), dict[str, Placed]()
            for at, partition, place, _, value, _, event in records:
                placed = Placed(Position(at, partition, place), self._codec.decode_event(bytes(value)))
                if event in told:
                    shown.append(placed)
                else:
                    known[event] = placed
            await self._complete(conn, company, shown, known, whole=whole)
        chains = chained(
            LogRecord(partition, place, 0, bytes(key), bytes(value), unpack(bytes(headers)))
            for _, partition, place, key, value, headers, _ in records
        )
        last = page[-1][:2] if len(rows) > limit else None
        return Trail(
            company=company,
            lead=lead,
            graph=graph(shown, chains, known, whole=whole),
            next=encode_cursor(*last) if last else None,
        )

    async def _complete(
        self, conn: Connection, company: str, shown: list[Placed], known: dict[str, Placed], *, whole: bool
    ) -> None:
        """Looks up what the events come from, and what that comes from, as far as it is looked through."""
        asked = set[str]()
        for _ in range(DEPTH):
            missing = wanted(shown, known, whole=whole) - asked
            if not missing:
                return
            asked |= missing
            cursor = await conn.execute(OTHERS, {"company": company, "ids": list(missing)})
            for epoch, partition, offset, value in await cursor.fetchall():
                placed = Placed(Position(epoch, partition, offset), self._codec.decode_event(bytes(value)))
                known[placed.recorded.meta.event_id] = placed
