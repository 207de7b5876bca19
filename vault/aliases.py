"""The alias map: which lead a body belongs to (design §3, "Which journey?"). It holds hashes, never an alias.

How parallel webhooks of one new contact meet: each inserts its missing hashes in sorted order. A hash that another
open transaction has inserted makes it wait for that one, and everybody waits in the same order, so nobody waits in a
circle. Then it locks all its rows, in the same order, and decides on what it sees.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from domain.kernel.errors import InvalidInput
from vault.erasure import Place, erased_lead
from vault.pepper import Peppers, alias_hash, derived_lead_id
from vault.pool import Pool

Hashed = tuple[tuple[str, str], ...]
"""(scheme, hex alias hash), in the order of the body."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """lead: its id. created: by this call. other_lead: a second lead that the same body names (suggest a merge).

    new_hashes: those that this call linked. Commands carry all `hashes`: a crash between this commit and the command
    would lose the new ones, and the lead's own state knows which it has. opted_out: asked so before an erasure.
    """

    lead: str
    created: bool
    hashes: Hashed
    new_hashes: Hashed
    other_lead: str | None
    opted_out: bool = False


class Link(NamedTuple):
    """What `AliasLinked` says. hash: hex. at: the event's time, None is now."""

    company: str
    lead: str
    hash: str
    at: datetime | None


LINK: Final = """
insert into alias as a (company, hash, lead, linked_at)
select distinct on (company, hash) company, hash, lead, coalesce(at, clock_timestamp())
from unnest(%s::text[], %s::bytea[], %s::text[], %s::timestamptz[]) l(company, hash, lead, at)
where not exists (select from erasure e where e.company = l.company and e.hash = l.hash and e.lead = l.lead)
order by company, hash, at, lead
on conflict (company, hash) do update set lead = excluded.lead, linked_at = excluded.linked_at where a.lead is null
"""


class AliasMap:
    """Aliases arrive in canonical form (a phone with both Brazilian forms as one): one person, one hash."""

    def __init__(self, pool: Pool, pepper: Peppers) -> None:
        self._pool = pool
        self._pepper = pepper

    async def resolve(self, company: str, aliases: Sequence[tuple[str, str]], *, at: Place | None = None) -> Resolution:
        """Finds or inserts all aliases (scheme, canonical value) of one body, in one transaction.

        None known: a new lead, whose id derives from the first alias. Several leads known: the oldest by its first
        link, then the smaller id, gets the body and the unknown aliases. at: the body's place in [ingress]; received
        before one of its aliases was erased, it meets the erased lead and links nothing. Raises InvalidInput
        `no_alias`.
        """
        pepper = await self._pepper.get_or_create(company)
        named = {alias_hash(pepper, scheme, value): (scheme, value) for scheme, value in aliases}
        if not named:
            raise InvalidInput("no_alias", "a body without any alias belongs to no lead")
        hashes = tuple((scheme, hash_) for hash_, (scheme, _) in named.items())
        keys = sorted(bytes.fromhex(hash_) for hash_ in named)
        known = await self._only_lead(company, keys)
        if known is not None:
            return Resolution(known, created=False, hashes=hashes, new_hashes=(), other_lead=None)

        async with self._pool.transaction() as connection:
            rows = await _meet(connection, company, keys)
            erased = None if at is None else await erased_lead(connection, company, keys, at)
            if erased is not None:
                return Resolution(erased, created=False, hashes=hashes, new_hashes=(), other_lead=None)
            leads = await _by_age(connection, company, {row.lead for row in rows.values() if row.lead})
            if leads:
                lead = leads[0]
            else:
                first = next(iter(named))
                lead = derived_lead_id(pepper, *named[first], generation=rows[first].generation)
            await connection.execute(
                "update alias set lead = %s, linked_at = clock_timestamp()"
                " where company = %s and hash = any(%s) and lead is null",
                (lead, company, keys),
            )
        return Resolution(
            lead,
            created=not leads,
            hashes=hashes,
            new_hashes=tuple(pair for pair in hashes if rows[pair[1]].lead is None),
            other_lead=leads[1] if len(leads) > 1 else None,
            opted_out=any(row.opted_out for row in rows.values()),
        )

    async def find(self, company: str, aliases: Sequence[tuple[str, str]], *, at: Place | None = None) -> str | None:
        """The lead that these (scheme, canonical value) name, the oldest of several; None: strangers. Links nothing.

        at: as in `resolve`.
        """
        pepper = await self._pepper.get_or_create(company)
        keys = [bytes.fromhex(alias_hash(pepper, scheme, value)) for scheme, value in aliases]
        async with self._pool.connection() as connection:
            erased = None if at is None else await erased_lead(connection, company, keys, at)
            if erased is not None:
                return erased
            cursor = await connection.execute(
                "select distinct lead from alias where company = %s and hash = any(%s) and lead is not null",
                (company, keys),
            )
            leads = await _by_age(connection, company, {lead for (lead,) in await cursor.fetchall()})
        return leads[0] if leads else None

    async def link(self, company: str, lead: str, hashes: Iterable[str], *, at: datetime | None = None) -> int:
        """Rebuilds the map from `AliasLinked` events. Idempotent; the first link of a hash stands, and none to a lead
        that it was erased from.

        at: the event's time (None: now), so that a rebuilt lead keeps its age. Returns how many were new.
        """
        return await self.link_many([Link(company, lead, hash_, at) for hash_ in hashes])

    async def link_many(self, links: Sequence[Link]) -> int:
        """As `link`, for several leads in one statement. Of two leads with one hash the earlier link stands."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                LINK,
                (
                    [link.company for link in links],
                    [bytes.fromhex(link.hash) for link in links],
                    [link.lead for link in links],
                    [link.at for link in links],
                ),
            )
        return cursor.rowcount

    async def _only_lead(self, company: str, keys: list[bytes]) -> str | None:
        """The lead when all aliases are known, agree and were never erased: nearly every body. One query, no lock."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "select min(lead) from alias where company = %s and hash = any(%s)"
                " having count(lead) = %s and count(distinct lead) = 1 and max(generation) = 0",
                (company, keys, len(keys)),
            )
            row = await cursor.fetchone()
        return None if row is None else str(row[0])


class _Row(NamedTuple):
    """lead: None for a new hash, and for one whose lead was erased."""

    lead: str | None
    generation: int
    opted_out: bool


async def _meet(connection: AsyncConnection[TupleRow], company: str, keys: list[bytes]) -> dict[str, _Row]:
    """Inserts what is missing and locks all rows. By hex hash."""
    await connection.execute(
        "insert into alias (company, hash) select %s, h from unnest(%s::bytea[]) with ordinality as t(h, i) order by i"
        " on conflict (company, hash) do nothing",
        (company, keys),
    )
    cursor = await connection.execute(
        "select hash, lead, generation, opted_out from alias where company = %s and hash = any(%s) order by hash"
        " for update",
        (company, keys),
    )
    return {hash_.hex(): _Row(*row) for hash_, *row in await cursor.fetchall()}


async def _by_age(connection: AsyncConnection[TupleRow], company: str, leads: set[str]) -> list[str]:
    """The older first, then the smaller id (design §3). A lead is as old as its first alias in the map."""
    if len(leads) < 2:
        return list(leads)
    cursor = await connection.execute(
        "select lead from alias where company = %s and lead = any(%s) group by lead order by min(linked_at), lead",
        (company, list(leads)),
    )
    return [lead for (lead,) in await cursor.fetchall()]
