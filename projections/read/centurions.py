"""Centurions of one company and their published versions. `conn`: from `ReadDb.company` or `ReadDb.system`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.centurion.settings import CenturionSettings, OnFailure, Pacing
from projections.pool import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Centurion:
    """With the settings of one version: the newest, unless another was asked for."""

    id: str
    version: int
    paused: bool
    settings: CenturionSettings
    published_at: datetime


SELECT = """
select c.id, v.number, c.paused, v.settings, v.published_at from core.centurions c
join core.centurion_versions v on v.company_id = c.company_id and v.centurion_id = c.id
where c.company_id = %(company)s
"""


async def centurion(
    conn: Connection, company: str, centurion_id: str, *, version: int | None = None
) -> Centurion | None:
    """version: None for the newest."""
    cursor = await conn.execute(
        SELECT + " and c.id = %(id)s and v.number = coalesce(%(version)s, c.version)",
        {"company": company, "id": centurion_id, "version": version},
    )
    row = await cursor.fetchone()
    return _made(*row) if row else None


async def centurions(conn: Connection, company: str) -> tuple[Centurion, ...]:
    """All, by id: a company has a handful."""
    cursor = await conn.execute(SELECT + " and v.number = c.version order by c.id", {"company": company})
    return tuple(_made(*row) for row in await cursor.fetchall())


def settings_of(stored: dict[str, Any]) -> CenturionSettings:
    """From the JSON that the projector wrote."""
    return CenturionSettings(
        **{**stored, "on_failure": OnFailure(stored["on_failure"]), "pacing": Pacing(**stored["pacing"])}
    )


def _made(id_: str, version: int, paused: bool, stored: dict[str, Any], published_at: datetime) -> Centurion:
    return Centurion(id=id_, version=version, paused=paused, settings=settings_of(stored), published_at=published_at)
