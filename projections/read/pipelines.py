"""Pipelines of one company, with their stages. `conn`: from `ReadDb.company` or `ReadDb.system`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from psycopg.rows import dict_row

from domain.pipeline.settings import OnSignature, Reason, Stage
from projections.pool import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """stages: from left to right. former_stages: that were taken away; deals may be in them still. *_reasons: to choose
    from, in order. on_signature: what becomes of a deal whose contract all have signed. retired: for good; deals may be
    in it still."""

    id: str
    name: str
    stages: tuple[Stage, ...]
    former_stages: tuple[Stage, ...]
    won_reasons: tuple[Reason, ...]
    lost_reasons: tuple[Reason, ...]
    on_signature: OnSignature | None
    retired: bool


# One statement: stages of another moment than their pipeline would be a board that never was.
SELECT: Final = """
select p.id, p.name, p.won_reasons, p.lost_reasons, p.on_signature, p.retired, coalesce((
    select jsonb_agg(to_jsonb(s) order by s.position, s.id) from core.stages s
    where s.company_id = p.company_id and s.pipeline_id = p.id
), '[]') as stages from core.pipelines p where p.company_id = %(company)s
"""


async def pipelines(conn: Connection, company: str) -> tuple[Pipeline, ...]:
    """In the company's order, and then the retired ones."""
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(SELECT + " order by p.retired, p.position, p.id", {"company": company})
        return tuple(_made(row) for row in await cursor.fetchall())


async def pipeline(conn: Connection, company: str, pipeline_id: str) -> Pipeline | None:
    """A retired one, too."""
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(SELECT + " and p.id = %(id)s", {"company": company, "id": pipeline_id})
        row = await cursor.fetchone()
    return _made(row) if row else None


def _made(row: dict[str, Any]) -> Pipeline:
    stages = row["stages"]
    return Pipeline(
        id=row["id"],
        name=row["name"],
        stages=tuple(_stage(each) for each in stages if not each["retired"]),
        former_stages=tuple(_stage(each) for each in stages if each["retired"]),
        won_reasons=tuple(Reason(**each) for each in row["won_reasons"]),
        lost_reasons=tuple(Reason(**each) for each in row["lost_reasons"]),
        on_signature=OnSignature(**row["on_signature"]) if row["on_signature"] else None,
        retired=row["retired"],
    )


def _stage(row: dict[str, Any]) -> Stage:
    return Stage(
        id=row["id"],
        name=row["name"],
        colour=row["colour"],
        probability=row["probability"],
        requires=tuple(row["requires"]),
    )
