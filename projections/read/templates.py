"""Templates of one company's contracts. `conn`: from `ReadDb.company` or `ReadDb.system`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from psycopg.rows import dict_row

from domain.template.parts import TemplateVariable
from projections.pool import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateHead:
    """version: the newest. variables: what has to be filled in. signers: who has a line to sign on, in order.
    retired: no more contracts are made from it."""

    id: str
    version: int
    name: str
    variables: tuple[TemplateVariable, ...]
    signers: tuple[str, ...]
    retired: bool
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Template(TemplateHead):
    """One version. newest: the number of the newest. body: the JSON blocks, as they were published."""

    newest: int
    body: Any

    @property
    def text(self) -> bytes:
        """What `gateways.typst.template.parsed` reads."""
        return orjson.dumps(self.body)


# `retired` stands on the last version: nothing is published after it.
SELECT: Final = """
select t.id, t.version, t.name, t.body, t.variables, t.signers, n.newest, n.retired, t.created_at
from core.templates t join lateral (
    select max(version) as newest, bool_or(retired) as retired from core.templates a
    where a.company_id = t.company_id and a.id = t.id
) n on true
where t.company_id = %(company)s
"""


async def templates(conn: Connection, company: str) -> tuple[TemplateHead, ...]:
    """The newest version of each, by name; the retired ones last."""
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            SELECT + " and t.version = n.newest order by n.retired, t.name, t.id", {"company": company}
        )
        return tuple(TemplateHead(**_head(row)) for row in await cursor.fetchall())


async def template(conn: Connection, company: str, template_id: str, version: int | None = None) -> Template | None:
    """version: None for the newest. A retired one, too."""
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            SELECT + " and t.id = %(id)s and t.version = coalesce(%(version)s::bigint, n.newest)",
            {"company": company, "id": template_id, "version": version},
        )
        row = await cursor.fetchone()
    if row is None:
        return None
    return Template(**_head(row), newest=row["newest"], body=orjson.loads(row["body"]))


def _head(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **{name: row[name] for name in ("id", "version", "name", "retired", "created_at")},
        "variables": tuple(TemplateVariable(**each) for each in row["variables"]),
        "signers": tuple(row["signers"]),
    }
