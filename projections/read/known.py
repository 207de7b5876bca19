"""What is known of a lead. `conn`: from `ReadDb.company(company)`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from psycopg.rows import class_row

from projections.pool import Connection

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """value: None when erased. said_by: `person` or `machine`. confidence: per cent. source: id of the event whose
    message says so."""

    key: str
    value: Any
    said_by: str
    confidence: int
    points: int
    source: str | None
    known_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """What brought them here. click: None when unknown or erased."""

    source: str
    campaign: str | None
    ad_set: str | None
    ad: str | None
    click: str | None
    happened_at: datetime | None
    told_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    purpose: str
    given: bool
    how: str
    said_at: datetime


async def facts(conn: Connection, company: str, lead: str) -> tuple[Fact, ...]:
    return await _all(
        conn,
        Fact,
        "select key, value, said_by, confidence, points, source, known_at from core.lead_facts"
        " where company_id = %s and lead_id = %s order by key",
        company,
        lead,
    )


async def touches(conn: Connection, company: str, lead: str) -> tuple[Touch, ...]:
    """The first touch first."""
    return await _all(
        conn,
        Touch,
        "select source, campaign, ad_set, ad, click, happened_at, told_at from core.lead_touches"
        " where company_id = %s and lead_id = %s order by number",
        company,
        lead,
    )


async def consents(conn: Connection, company: str, lead: str) -> tuple[Consent, ...]:
    return await _all(
        conn,
        Consent,
        "select purpose, given, how, said_at from core.lead_consents"
        " where company_id = %s and lead_id = %s order by purpose",
        company,
        lead,
    )


async def _all(conn: Connection, kind: type[T], query: str, company: str, lead: str) -> tuple[T, ...]:
    async with conn.cursor(row_factory=class_row(kind)) as cursor:
        await cursor.execute(query.encode(), (company, lead))
        return tuple(await cursor.fetchall())
