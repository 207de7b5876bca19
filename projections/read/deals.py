"""Deals of one company, as people see them. `conn`: from `ReadDb.company(company)`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, get_args

from psycopg.rows import class_row

from domain.access.sight import Scope
from projections.pool import Connection
from projections.read.leads import few_seen
from projections.read.page import Page, decode_cursor, limit_of, page_of

State = Literal["open", "won", "lost", "withdrawn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """value: in the currency's smallest unit; None where nobody said. stage_at: since when it stands there.
    held_stage_id: where a rule would have moved it since, had it not lacked held_missing of what that stage requires.
    reason: of its end, one of its pipeline's. user_id, team_id: whose it is: whose its lead is."""

    id: str
    lead_id: str
    lead_name: str | None
    pipeline_id: str
    stage_id: str
    stage_at: datetime
    held_stage_id: str | None
    held_missing: list[str] | None
    state: str
    reason: str | None
    value: int | None
    currency: str | None
    user_id: str | None
    team_id: str | None
    opened_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """price: of one."""

    number: int
    service_id: str
    quantity: int
    price: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """text: None when erased. user_id: who wrote it, None where no person did."""

    id: str
    kind: str
    text: str | None
    file_id: str | None
    user_id: str | None
    due_at: datetime | None
    done_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What a person has to know who takes the lead over. said: None when erased."""

    said: Any
    briefed_at: datetime


COLUMNS: Final = """
d.id, d.lead_id, l.name as lead_name, d.pipeline_id, d.stage_id, d.stage_at, d.held_stage_id, d.held_missing, d.state,
    d.reason, d.value, d.currency, l.assigned_user as user_id, l.assigned_team as team_id, d.opened_at, d.closed_at
"""
WITH_LEADS: Final = "join core.leads l on l.company_id = d.company_id and l.id = d.lead_id"

# The leads are looked up for the rows that are shown: how many deals the policy leaves PostgreSQL cannot know, and it
# would join all leads first.
LIST: Final = f"""
select {COLUMNS} from (
    select * from core.deals where company_id = %(company)s {{wanted}} order by stage_at, id limit %(limit)s
) d {WITH_LEADS} order by d.stage_at, d.id
"""  # noqa: S608 - our own constants


# Spelled out: the plan of a prepared statement does not know what a parameter will be, and would not take the index of
# the open ones. Among 100,000 deals a page took 100 ms after the first ten.
_STATES: Final[dict[State, str]] = {state: f" and state = '{state}'" for state in get_args(State)}


async def deal(conn: Connection, company: str, deal_id: str) -> Deal | None:
    async with conn.cursor(row_factory=class_row(Deal)) as cursor:
        await cursor.execute(
            f"select {COLUMNS} from core.deals d {WITH_LEADS} where d.company_id = %s and d.id = %s",  # noqa: S608
            (company, deal_id),
        )
        return await cursor.fetchone()


async def deals(
    conn: Connection,
    company: str,
    *,
    pipeline: str | None = None,
    stage: str | None = None,
    state: State | None = None,
    lead: str | None = None,
    limit: int = 50,
    after: str | None = None,
    scope: Scope = Scope.COMPANY,
) -> Page[Deal]:
    """The longest in their stage first: they wait. scope: as of `leads`. Raises InvalidInput for a bad cursor or
    limit."""
    limit = limit_of(limit)
    values: dict[str, object] = {"company": company, "limit": limit + 1}
    wanted = {"pipeline_id": pipeline, "stage_id": stage, "lead_id": lead}
    values |= {column: value for column, value in wanted.items() if value is not None}
    query = "".join(f" and {column} = %({column})s" for column, value in wanted.items() if value is not None)
    if state is not None:
        query += _STATES[state]
    if lead is None and (few := await few_seen(conn, company, scope)) is not None:
        query += " and lead_id = any (%(few)s)"
        values["few"] = few
    if after is not None:
        query += " and (stage_at, id) > (%(at)s, %(id)s)"
        values["at"], values["id"] = decode_cursor(after, datetime, str)
    async with conn.cursor(row_factory=class_row(Deal)) as cursor:
        await cursor.execute(LIST.format(wanted=query).encode(), values)
        rows = await cursor.fetchall()
    return page_of(rows, limit, lambda row: (row.stage_at, row.id))


async def items(conn: Connection, company: str, deal_id: str) -> tuple[Item, ...]:
    async with conn.cursor(row_factory=class_row(Item)) as cursor:
        await cursor.execute(
            "select number, service_id, quantity, price from core.deal_items"
            " where company_id = %s and deal_id = %s order by number",
            (company, deal_id),
        )
        return tuple(await cursor.fetchall())


async def brief(conn: Connection, company: str, deal_id: str) -> Brief | None:
    async with conn.cursor(row_factory=class_row(Brief)) as cursor:
        await cursor.execute(
            "select brief as said, briefed_at from core.deals"
            " where company_id = %s and id = %s and briefed_at is not null",
            (company, deal_id),
        )
        return await cursor.fetchone()


async def activities(
    conn: Connection, company: str, deal_id: str, *, limit: int = 50, after: str | None = None
) -> Page[Activity]:
    """The newest first. Raises InvalidInput for a bad cursor or limit."""
    limit = limit_of(limit)
    at, id_ = decode_cursor(after, datetime, str) if after else (None, None)
    async with conn.cursor(row_factory=class_row(Activity)) as cursor:
        await cursor.execute(
            "select id, kind, text, file_id, user_id, due_at, done_at, created_at from core.activities"
            " where company_id = %(company)s and deal_id = %(deal)s"
            " and (%(at)s::timestamptz is null or (created_at, id) < (%(at)s, %(id)s))"
            " order by created_at desc, id desc limit %(limit)s",
            {"company": company, "deal": deal_id, "at": at, "id": id_, "limit": limit + 1},
        )
        rows = await cursor.fetchall()
    return page_of(rows, limit, lambda row: (row.created_at, row.id))
