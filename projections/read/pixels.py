"""Pixels of one company. `conn`: from `ReadDb.company(company)`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from psycopg.rows import dict_row

from domain.deal.parts import Money
from domain.pixel.settings import ConsentRule, HoldReason, Milestone, Report, Setup, ValueFrom
from projections.pool import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Pixel:
    """token_at: when its token was set, None: never. held: why nothing is sent, since held_at; held_code, held_trace:
    what Meta said. retired: for good."""

    id: str
    name: str
    dataset: str
    centurion_id: str | None
    test_code: str | None
    consent: ConsentRule
    limited: bool
    reports: tuple[Report, ...]
    token_at: datetime | None
    held: HoldReason | None
    held_at: datetime | None
    held_code: str | None
    held_trace: str | None
    added_at: datetime
    retired: bool

    @property
    def setup(self) -> Setup:
        return Setup(
            name=self.name,
            dataset=self.dataset,
            centurion=self.centurion_id,
            test_code=self.test_code,
            consent=self.consent,
            limited=self.limited,
            reports=self.reports,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A pixel as who sends needs it. token: reference of the vault's, as the log has it. releases: how often it was
    released: an answer of before one must not hold it after."""

    pixel: Pixel
    token: str | None
    releases: int


SELECT: Final = """
select id, name, dataset, centurion_id, test_code, consent, limited, reports, token, token_at, held, held_at, held_code,
    held_trace, added_at, retired, releases
from core.pixel_configs where company_id = %(company)s
"""


async def pixels(conn: Connection, company: str) -> tuple[Pixel, ...]:
    """The oldest first, the retired ones last."""
    return tuple([kept.pixel for kept in await _all(conn, SELECT + " order by retired, added_at, id", company)])


async def pixel(conn: Connection, company: str, pixel_id: str) -> Pixel | None:
    """A retired one, too."""
    found = await kept(conn, company, pixel_id)
    return found.pixel if found else None


async def kept(conn: Connection, company: str, pixel_id: str) -> Kept | None:
    return next(iter(await _all(conn, SELECT + " and id = %(id)s", company, id=pixel_id)), None)


async def pixel_of(conn: Connection, company: str, centurion: str | None) -> Kept | None:
    """The one that reports the Centurion's leads, else the company's."""
    query = SELECT + (
        " and not retired and (centurion_id is null or centurion_id = %(centurion)s)"
        " order by centurion_id is null, id limit 1"
    )
    return next(iter(await _all(conn, query, company, centurion=centurion)), None)


async def _all(conn: Connection, query: str, company: str, **values: str | None) -> list[Kept]:
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query.encode(), {"company": company, **values})
        return [_made(row) for row in await cursor.fetchall()]


def _made(row: dict[str, Any]) -> Kept:
    token, releases = row.pop("token"), row.pop("releases")
    made = Pixel(
        **{
            **row,
            "consent": ConsentRule(row["consent"]),
            "held": row["held"] and HoldReason(row["held"]),
            "reports": tuple(_report(each) for each in row["reports"]),
        }
    )
    return Kept(pixel=made, token=token, releases=releases)


def _report(row: dict[str, Any]) -> Report:
    return Report(
        milestone=Milestone(row["milestone"]),
        name=row["name"],
        value=ValueFrom(row["value"]),
        fixed=row["fixed"] and Money(**row["fixed"]),
        percent=row["percent"],
    )
