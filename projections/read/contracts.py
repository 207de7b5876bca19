"""Contracts of one company, as people see them. `conn`: from `ReadDb.company(company)`, or `ReadDb.system()`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from psycopg.rows import class_row

from domain.access.sight import Scope
from domain.contract.parts import ContractState
from projections.pool import Connection
from projections.read.leads import few_seen
from projections.read.page import Page, decode_cursor, limit_of, page_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """state: `ContractState`. template_name: of the version that it was made from. document: the provider's id. code:
    why it failed, was put off or was not cancelled. file_id, sha256, size: of the signed PDF. link_state: of the
    message that says the link to the lead, as a message's; None where there is none: link_code says why, if one was to
    be. checked_at: when the document was last looked at."""

    id: str
    lead_id: str
    deal_id: str
    template_id: str
    template_version: int
    template_name: str | None
    state: str
    sandbox: bool
    ordered: bool
    reminder: str | None
    deadline_at: datetime | None
    document: str | None
    code: str | None
    file_id: str | None
    sha256: str | None
    size: int | None
    link_state: str | None
    link_code: str | None
    created_at: datetime
    sent_at: datetime | None
    signed_at: datetime | None
    checked_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractSigner:
    """contact: `{name, email, phone, cpf}`; None when erased, as link and reason. link: where they sign, where the
    provider does not mail it. reason: of a refusal. resent_code: why they were not asked again, or not surely."""

    signer: str
    number: int
    role: str
    reach: str
    contact: dict[str, str] | None
    link: str | None
    viewed_at: datetime | None
    signed_at: datetime | None
    refused_at: datetime | None
    reason: str | None
    resent_at: datetime | None
    resent_code: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """Whose a document is."""

    contract: str
    lead: str


SELECT: Final = """
select c.id, c.lead_id, c.deal_id, c.template_id, c.template_version, t.name as template_name, c.state, c.sandbox,
    c.ordered, c.reminder, c.deadline_at, c.document, c.code, c.file_id, c.sha256, c.size, n.state as link_state,
    c.link_code, c.created_at, c.sent_at, c.signed_at, c.checked_at, c.ended_at
from core.contracts c
left join core.templates t on t.company_id = c.company_id and t.id = c.template_id and t.version = c.template_version
left join lateral (
    select case when m.state = 'pending' and v.reply_id is distinct from m.reply_id then 'cancelled' else m.state end
        as state
    from core.messages m join core.conversations v on v.company_id = m.company_id and v.id = m.conversation_id
    where m.company_id = c.company_id and v.lead_id = c.lead_id and m.reply_id = c.link_notice and m.seq = 0
) n on c.link_notice is not null
where c.company_id = %(company)s
"""


async def contract(conn: Connection, company: str, contract_id: str) -> Contract | None:
    async with conn.cursor(row_factory=class_row(Contract)) as cursor:
        await cursor.execute(SELECT + " and c.id = %(id)s", {"company": company, "id": contract_id})
        return await cursor.fetchone()


async def contracts(
    conn: Connection,
    company: str,
    *,
    lead: str | None = None,
    deal: str | None = None,
    state: ContractState | None = None,
    limit: int = 50,
    after: str | None = None,
    scope: Scope = Scope.COMPANY,
) -> Page[Contract]:
    """The newest first. scope: as of `leads`. Raises InvalidInput for a bad cursor or limit."""
    limit = limit_of(limit)
    values: dict[str, object] = {"company": company, "limit": limit + 1}
    query = SELECT
    wanted = {"c.lead_id": lead, "c.deal_id": deal, "c.state": state}
    for number, (column, value) in enumerate(wanted.items()):
        if value is not None:
            query += f" and {column} = %(wanted{number})s"
            values[f"wanted{number}"] = str(value)
    if lead is None and (few := await few_seen(conn, company, scope)) is not None:
        query += " and c.lead_id = any (%(few)s)"
        values["few"] = few
    if after is not None:
        query += " and (c.created_at, c.id) < (%(at)s, %(id)s)"
        values["at"], values["id"] = decode_cursor(after, datetime, str)
    async with conn.cursor(row_factory=class_row(Contract)) as cursor:
        await cursor.execute((query + " order by c.created_at desc, c.id desc limit %(limit)s").encode(), values)
        rows = await cursor.fetchall()
    return page_of(rows, limit, lambda row: (row.created_at, row.id))


async def values_of(conn: Connection, company: str, contract_id: str) -> dict[str, Any] | None:
    """What stands in its variables; None when erased."""
    cursor = await conn.execute(
        'select "values" from core.contracts where company_id = %s and id = %s', (company, contract_id)
    )
    row = await cursor.fetchone()
    return row[0] if row else None


async def signers(conn: Connection, company: str, contract_id: str) -> tuple[ContractSigner, ...]:
    """In their order."""
    async with conn.cursor(row_factory=class_row(ContractSigner)) as cursor:
        await cursor.execute(
            "select signer, number, role, reach, contact, link, viewed_at, signed_at, refused_at, reason, resent_at,"
            " resent_code from core.contract_signers where company_id = %s and contract_id = %s order by number",
            (company, contract_id),
        )
        return tuple(await cursor.fetchall())


async def by_document(conn: Connection, company: str, document: str) -> Found | None:
    """The contract whose document the provider calls so."""
    return await _found(conn, "company_id = %s and document = %s", company, document)


async def by_id(conn: Connection, company: str, contract_id: str) -> Found | None:
    return await _found(conn, "company_id = %s and id = %s", company, contract_id)


async def being_made(conn: Connection, company: str) -> bool:
    """A document of some contract may be there whose id is not known yet."""
    cursor = await conn.execute(
        "select exists (select from core.contracts where company_id = %s and state in ('sending', 'searching'))",
        (company,),
    )
    row = await cursor.fetchone()
    return row is not None and bool(row[0])


async def _found(conn: Connection, where: str, company: str, value: str) -> Found | None:
    cursor = await conn.execute(f"select id, lead_id from core.contracts where {where}".encode(), (company, value))  # noqa: S608 - ours
    row = await cursor.fetchone()
    return Found(*row) if row else None
