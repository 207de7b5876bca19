"""Teams of a company, and what a lead may be given to. `conn`: from `ReadDb.system`, for people are the holding's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg.rows import class_row

from domain.kernel.ids import HOLDING_TENANT
from projections.pool import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """Of a member in a team. name: None once erased."""

    user_id: str
    name: str | None
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """members: by when they joined it. retired: for good."""

    id: str
    name: str
    retired: bool
    created_at: datetime
    members: tuple[Seat, ...]


SEATS: Final = """
select s.team_id, s.user_id, u.name, s.since
from core.team_members s left join core.users u on u.company_id = %s and u.id = s.user_id
where s.company_id = %s order by s.since, s.user_id
"""


async def teams(conn: Connection, company: str) -> tuple[Team, ...]:
    """By name; retired ones too: who looks at the history meets them."""
    seats: dict[str, list[Seat]] = {}
    cursor = await conn.execute(SEATS, (HOLDING_TENANT, company))
    for team, user, name, since in await cursor.fetchall():
        seats.setdefault(team, []).append(Seat(user_id=user, name=name, since=since))
    cursor = await conn.execute(
        "select id, name, retired, created_at from core.teams where company_id = %s order by name, id", (company,)
    )
    return tuple(
        Team(id=id_, name=name, retired=retired, created_at=created_at, members=tuple(seats.get(id_, ())))
        for id_, name, retired, created_at in await cursor.fetchall()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignable:
    """What there is of a user and a team that a lead is to be given to."""

    member: bool
    team: bool
    seat: bool


ASSIGNABLE: Final = """
select exists (select from core.members where company_id = %(company)s and user_id = %(user)s) as member,
    exists (select from core.teams where company_id = %(company)s and id = %(team)s and not retired) as team,
    exists (
        select from core.team_members where company_id = %(company)s and team_id = %(team)s and user_id = %(user)s
    ) as seat
"""


async def assignable(conn: Connection, company: str, user: str | None, team: str | None) -> Assignable:
    """member: of the company. team: one of its teams, which goes on. seat: of the user in the team."""
    async with conn.cursor(row_factory=class_row(Assignable)) as cursor:
        found = await (await cursor.execute(ASSIGNABLE, {"company": company, "user": user, "team": team})).fetchone()
    assert found is not None, "the query gives one row"
    return found
