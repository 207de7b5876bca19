"""Companies of the holding. `conn`: from `ReadDb.company` or `ReadDb.system`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from psycopg.rows import dict_row

from domain.holding.settings import Brand, OpenHours
from projections.pool import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A tenant; its settings as in `CompanySettings`. archived: for good, nothing changes any more."""

    id: str
    slug: str
    name: str
    timezone: str
    locale: str
    currency: str
    hours: tuple[OpenHours, ...]
    brand: Brand
    suspended: bool
    archived: bool
    provisioned: bool
    created_at: datetime


SELECT: Final = (
    "select id, slug, name, timezone, locale, currency, hours, brand, suspended, archived, provisioned, created_at"
    " from core.companies"
)


async def company(conn: Connection, company_id: str) -> Company | None:
    async with conn.cursor(row_factory=dict_row) as cursor:
        row = await (await cursor.execute(SELECT + " where company_id = %s", (company_id,))).fetchone()
    return _made(row) if row else None


async def companies(conn: Connection) -> tuple[Company, ...]:
    """All that the role may see, by id."""
    async with conn.cursor(row_factory=dict_row) as cursor:
        rows = await (await cursor.execute(SELECT + " order by id")).fetchall()
    return tuple(map(_made, rows))


def _made(row: dict[str, Any]) -> Company:
    """From the JSON that the projector wrote."""
    hours = tuple(OpenHours(**each) for each in row["hours"])
    return Company(**{**row, "hours": hours, "brand": Brand(**row["brand"])})
