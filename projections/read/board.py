"""Open deals of one pipeline as people see them on a wall: a column for each stage. `conn`: from `ReadDb.company`."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Final

from psycopg.rows import dict_row

from domain.access.sight import Scope
from domain.deal.parts import Money
from projections.pool import Connection
from projections.read.deals import COLUMNS, WITH_LEADS, Deal
from projections.read.leads import few_seen
from projections.read.page import Page, limit_of, page_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """deals: how many stand there. values: what they may bring together, a sum for each currency. page: those that
    stand there the longest; its `next` continues as that of `deals` for this pipeline and stage, state `open`."""

    stage_id: str
    deals: int
    values: tuple[Money, ...]
    page: Page[Deal]


# Stage by stage, as the index of the open ones has them: over all of a pipeline PostgreSQL sorts its deals, on disk.
TOTALS: Final = """
select wanted.stage as stage_id, summed.* from unnest(%(stages)s::text[]) as wanted (stage)
cross join lateral (
    select currency, count(*) as deals, sum(value)::bigint as value from core.deals d
    where company_id = %(company)s and pipeline_id = %(pipeline)s
        and stage_id = wanted.stage and state = 'open' {seen}
    group by currency
) summed order by summed.currency
"""

# One statement for all columns: cards of another moment in each would show a deal twice.
CARDS: Final = f"""
select {COLUMNS} from unnest(%(stages)s::text[]) with ordinality as wanted (stage, place)
cross join lateral (
    select * from core.deals d where company_id = %(company)s and pipeline_id = %(pipeline)s
        and stage_id = wanted.stage and state = 'open' {{seen}}
    order by stage_at, id limit %(limit)s
) d {WITH_LEADS} order by wanted.place, d.stage_at, d.id
"""  # noqa: S608 - our own constants


async def board(
    conn: Connection, company: str, pipeline: str, stages: tuple[str, ...], *, cards: int, scope: Scope
) -> tuple[Column, ...]:
    """A column for each of these stages, in their order. cards: of a column at most. scope: of the connection's sight,
    to find few of many fast. Raises InvalidInput for a bad number of cards."""
    values: dict[str, object] = {"company": company, "pipeline": pipeline, "stages": list(stages)}
    values["limit"] = limit_of(cards) + 1
    values["few"] = few = await few_seen(conn, company, scope)
    seen = "" if few is None else " and d.lead_id = any (%(few)s)"
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(TOTALS.format(seen=seen).encode(), values)
        totals = await cursor.fetchall()
        await cursor.execute(CARDS.format(seen=seen).encode(), values)
        shown = [Deal(**row) for row in await cursor.fetchall()]
    found = {stage: list(each) for stage, each in groupby(shown, lambda deal: deal.stage_id)}
    return tuple(
        Column(
            stage_id=stage,
            deals=sum(row["deals"] for row in totals if row["stage_id"] == stage),
            values=tuple(
                Money(minor=row["value"], currency=row["currency"])
                for row in totals
                if row["stage_id"] == stage and row["currency"] is not None
            ),
            page=page_of(found.get(stage, []), cards, lambda row: (row.stage_at, row.id)),
        )
        for stage in stages
    )
