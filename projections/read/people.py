"""People: who they are, what they are members of, and who is invited. `conn`: from `ReadDb`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg.rows import class_row

from domain.kernel.ids import HOLDING_TENANT
from projections.pool import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """name, email: None once erased. registered_at: None of who is only invited."""

    id: str
    name: str | None
    email: str | None
    terms: str
    disabled: bool
    erased: bool
    registered_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """role: a built-in's name, or the UUID of one of the company's own (role_name: what it is called)."""

    user_id: str
    name: str | None
    email: str | None
    disabled: bool
    role: str
    role_name: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """state: open, accepted or revoked; an open one is over by itself at expires_at."""

    id: str
    user_id: str
    email: str | None
    role: str
    state: str
    issued_at: datetime
    expires_at: datetime
    mailed_at: datetime | None
    asked_again: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRole:
    """One that a company made. permissions: sorted."""

    id: str
    name: str
    permissions: tuple[str, ...]
    retired: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """Of one user in one company; under the holding's tenant, in the holding."""

    company_id: str
    company_name: str
    slug: str
    suspended: bool
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What one user is in one company. holding_role, role: None where they have none. permissions: of a role of the
    company's own. writable: the company is neither suspended nor archived."""

    active: bool
    holding_role: str | None
    role: str | None
    permissions: tuple[str, ...] | None
    known_company: bool
    writable: bool


STANDING: Final = """
select exists (
        select from core.users where company_id = %(holding)s and id = %(user)s
            and registered_at is not null and not disabled and not erased
    ) as active,
    (select role from core.members where company_id = %(holding)s and user_id = %(user)s) as holding_role,
    m.role as role,
    case when r.id is not null then array(select jsonb_array_elements_text(r.permissions)) end as permissions,
    c.id is not null as known_company,
    coalesce(not c.suspended and not c.archived, false) as writable
from (select) one
left join core.companies c on c.company_id = %(company)s
left join core.members m on m.company_id = %(company)s and m.user_id = %(user)s and m.company_id <> %(holding)s
left join core.roles r on r.company_id = m.company_id and r.id = m.role and not r.retired
"""

USERS: Final = "select id, name, email, terms, disabled, erased, registered_at from core.users where company_id = %s"


async def standing(conn: Connection, user: str, company: str) -> Standing:
    """As the system: one query over several companies' rows."""
    values = {"holding": HOLDING_TENANT, "user": user, "company": company}
    async with conn.cursor(row_factory=class_row(Standing)) as cursor:
        found = await (await cursor.execute(STANDING, values)).fetchone()
    assert found is not None, "the query gives one row"
    return found


async def user(conn: Connection, user_id: str) -> User | None:
    async with conn.cursor(row_factory=class_row(User)) as cursor:
        return await (await cursor.execute(USERS + " and id = %s", (HOLDING_TENANT, user_id))).fetchone()


async def users(conn: Connection, *, after: str, limit: int) -> tuple[User, ...]:
    """By id."""
    async with conn.cursor(row_factory=class_row(User)) as cursor:
        query = USERS + " and id > %s order by id limit %s"
        return tuple(await (await cursor.execute(query, (HOLDING_TENANT, after, limit))).fetchall())


async def email_hash_of(conn: Connection, user_id: str) -> str:
    """The keyed hash that the log knows their address by; "" where there is no such user."""
    cursor = await conn.execute(
        "select email_hash from core.users where company_id = %s and id = %s", (HOLDING_TENANT, user_id)
    )
    row = await cursor.fetchone()
    return str(row[0]) if row else ""


async def memberships(conn: Connection, user_id: str) -> tuple[Membership, ...]:
    """As the system: all companies of one user, by name; the holding first."""
    async with conn.cursor(row_factory=class_row(Membership)) as cursor:
        await cursor.execute(
            "select m.company_id, coalesce(c.name, 'Legion') as company_name, coalesce(c.slug, '') as slug,"
            " coalesce(c.suspended, false) as suspended, m.role"
            " from core.members m left join core.companies c on c.company_id = m.company_id"
            " where m.user_id = %s order by m.company_id <> %s, company_name, m.company_id",
            (user_id, HOLDING_TENANT),
        )
        return tuple(await cursor.fetchall())


MEMBERS: Final = """
select m.user_id, u.name, u.email, coalesce(u.disabled, false) as disabled, m.role,
    coalesce(r.name, m.role) as role_name, m.since
from core.members m
left join core.users u on u.company_id = %s and u.id = m.user_id
left join core.roles r on r.company_id = m.company_id and r.id = m.role
where m.company_id = %s
"""


async def members(conn: Connection, company: str) -> tuple[Member, ...]:
    """As the system: the users' rows are the holding's. At most as many as a company may have."""
    async with conn.cursor(row_factory=class_row(Member)) as cursor:
        await cursor.execute(MEMBERS + " order by m.since, m.user_id", (HOLDING_TENANT, company))
        return tuple(await cursor.fetchall())


async def member(conn: Connection, company: str, user_id: str) -> Member | None:
    """As the system."""
    async with conn.cursor(row_factory=class_row(Member)) as cursor:
        await cursor.execute(MEMBERS + " and m.user_id = %s", (HOLDING_TENANT, company, user_id))
        return await cursor.fetchone()


INVITATIONS: Final = """
select i.id, i.user_id, u.email, i.role, i.state, i.issued_at, i.expires_at, i.mailed_at, i.asked_again
from core.invitations i left join core.users u on u.company_id = %s and u.id = i.user_id
where i.company_id = %s
"""


async def invitations(conn: Connection, company: str) -> tuple[Invitation, ...]:
    """As the system. The newest first; those of the last ninety days."""
    async with conn.cursor(row_factory=class_row(Invitation)) as cursor:
        query = INVITATIONS + " and i.issued_at > now() - interval '90 days' order by i.issued_at desc, i.id limit 1000"
        return tuple(await (await cursor.execute(query, (HOLDING_TENANT, company))).fetchall())


async def invitation(conn: Connection, company: str, invitation_id: str) -> Invitation | None:
    """As the system."""
    async with conn.cursor(row_factory=class_row(Invitation)) as cursor:
        query = INVITATIONS + " and i.id = %s"
        return await (await cursor.execute(query, (HOLDING_TENANT, company, invitation_id))).fetchone()


async def company_of_invitation(conn: Connection, invitation_id: str) -> str | None:
    """As the system, for who comes with its token: the link does not name the company."""
    cursor = await conn.execute("select company_id from core.invitations where id = %s", (invitation_id,))
    row = await cursor.fetchone()
    return None if row is None else str(row[0])


OWN_ROLES: Final = "select id, name, permissions, retired from core.roles where company_id = %s"


async def own_roles(conn: Connection, company: str) -> tuple[OwnRole, ...]:
    """By name; retired ones too: who looks at the history meets them."""
    cursor = await conn.execute(OWN_ROLES + " order by name, id", (company,))
    return tuple([_own_role(*row) for row in await cursor.fetchall()])


async def own_role(conn: Connection, company: str, role: str) -> OwnRole | None:
    row = await (await conn.execute(OWN_ROLES + " and id = %s", (company, role))).fetchone()
    return _own_role(*row) if row else None


def _own_role(id_: str, name: str, permissions: list[str], retired: bool) -> OwnRole:
    return OwnRole(id=id_, name=name, permissions=tuple(permissions), retired=retired)
