"""What the vault does to forget a lead or a user, and how a body finds the lead that it was written to.

    begin     before anything else: the aliases let go of the lead; older bodies still meet it, newer ones start anew
    forget    the key, by a tombstone
    catch_up  both, from a `LeadErased` of the log: a vault that was restored from a backup learns what it missed

Everything may be done twice.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from domain.kernel.ids import HOLDING_TENANT, lead_journey, user_subject
from vault.accounts.sessions import Why
from vault.keys import SubjectKeys
from vault.pool import Pool

BEGIN: Final = """
with found as (
    select hash from alias where company = %(company)s and (lead = %(lead)s or hash = any(%(hashes)s))
    union select hash from unnest(%(hashes)s::bytea[]) h(hash)
), recorded as (
    insert into erasure (company, hash, lead, ends, at)
    select %(company)s, hash, %(lead)s, %(ends)s::bigint[], %(at)s from found order by hash
    on conflict (company, hash, lead) do nothing
    returning hash
)
insert into alias as a (company, hash, generation)
select %(company)s, hash, 1 from recorded order by hash
on conflict (company, hash) do update
set generation = a.generation + 1, lead = nullif(a.lead, %(lead)s)
"""
"""Only what is recorded now counts: the first record of an erasure stands."""

OPTED_OUT: Final = """
update alias a set opted_out = true from erasure e
where e.company = %s and e.lead = %s and a.company = e.company and a.hash = e.hash and not a.opted_out
"""

Place = tuple[int, int]
"""(partition, offset) in [ingress]."""


@dataclass(frozen=True, slots=True)
class ErasedLead:
    """As `LeadErased` says it. ends: by partition of [ingress]. at: of the event."""

    company: str
    lead: str
    hashes: tuple[str, ...]
    ends: tuple[int, ...]
    opted_out: bool
    reason: str
    at: datetime


class Erasure:
    def __init__(self, pool: Pool, keys: SubjectKeys) -> None:
        self._pool = pool
        self._keys = keys

    async def begin(
        self,
        company: str,
        lead: str,
        *,
        ends: Sequence[int],
        hashes: Iterable[str] = (),
        opted_out: bool = False,
        at: datetime | None = None,
    ) -> tuple[tuple[str, ...], tuple[int, ...]]:
        """Before `EraseLead` is sent. Returns (hex hashes of all aliases that were let go, the ends that stand).

        ends: of [ingress], read before this call. A body that is being read meanwhile may still meet the lead: it
        counts as older. hashes: that the log knows beside the map's own. at: None is now.
        """
        values = {
            "company": company,
            "lead": lead,
            "hashes": sorted(bytes.fromhex(hash_) for hash_ in set(hashes)),
            "ends": list(ends),
            "at": at or datetime.now(UTC),
        }
        async with self._pool.transaction() as connection:
            # In the common order (`vault.aliases`): whoever resolves these aliases waits, nobody in a circle.
            await connection.execute(
                "select from alias where company = %(company)s and (lead = %(lead)s or hash = any(%(hashes)s))"
                " order by hash for update",
                values,
            )
            await connection.execute(BEGIN, values)
            if opted_out:
                await connection.execute(OPTED_OUT, (company, lead))
            cursor = await connection.execute(
                "select hash, ends from erasure where company = %s and lead = %s order by hash", (company, lead)
            )
            rows = await cursor.fetchall()
        standing = tuple(rows[0][1]) if rows else tuple(ends)
        return tuple(hash_.hex() for hash_, _ in rows), standing

    async def forget(self, company: str, lead: str, *, reason: str, opted_out: bool) -> None:
        """After `LeadErased`: every table of the vault by its eraser."""
        if opted_out:
            async with self._pool.connection() as connection:
                await connection.execute(OPTED_OUT, (company, lead))
        for erase in ERASERS.values():
            if not isinstance(erase, str):
                await erase(self, company, lead, reason)

    async def catch_up(self, erased: ErasedLead) -> None:
        """What the log says of an erasure, on a vault that may not know of it."""
        await self.begin(
            erased.company,
            erased.lead,
            ends=erased.ends,
            hashes=erased.hashes,
            opted_out=erased.opted_out,
            at=erased.at,
        )
        await self.forget(erased.company, erased.lead, reason=erased.reason, opted_out=erased.opted_out)

    async def caught_up(self) -> None:
        """Everything that the log says is applied: the vault may be opened. What a backup cannot know to be over is
        over: sessions, mailed tokens (also those that wait to be mailed), what machines show. Their keys stay, for who
        rotates them."""
        async with self._pool.transaction() as connection:
            await connection.execute(
                "update session set ended_at = now(), ended_why = %s"
                " where ended_at is null and exists (select from restored)",
                (Why.VAULT_RESTORED.value,),
            )
            await connection.execute(
                "update api_key_secret set works_until = least(works_until, now()) where exists (select from restored)"
            )
            await connection.execute("delete from one_time_token where exists (select from restored)")
            await connection.execute("delete from mail where exists (select from restored)")
            await connection.execute("delete from restored")

    async def note_opt_out(self, company: str, lead: str) -> None:
        """An erased lead's words of before, read late, ask not to be written to."""
        async with self._pool.connection() as connection:
            await connection.execute(OPTED_OUT, (company, lead))

    async def destroy_key(self, company: str, lead: str, reason: str) -> None:
        """Of a lead; under the holding's tenant, of a user."""
        subject = user_subject(lead) if company == HOLDING_TENANT else lead_journey(lead)
        await self._keys.destroy(company, subject, reason)

    async def forget_files(self, company: str, lead: str, _reason: str) -> None:
        """What is the lead's own: signed contracts. What people of the company uploaded is the company's."""
        async with self._pool.connection() as connection:
            await connection.execute("delete from file where company = %s and lead = %s", (company, lead))

    async def forget_login(self, company: str, user: str, _reason: str) -> None:
        """Password, second factor, sessions and what else is a user's own. Nothing where the holding is not meant."""
        if company == HOLDING_TENANT:
            async with self._pool.transaction() as connection:
                for table in USERS_OWN:
                    await connection.execute(f"delete from {table} where user_id = %s", (user,))  # noqa: S608  ours


USERS_OWN: Final = ("login", "session", "one_time_token", "used_invitation", "denial")
"""Tables of what is a user's; what hangs on these goes with them."""

Eraser = Callable[[Erasure, str, str, str], Awaitable[None]]
"""(erasure, company, lead, reason). Repeatable."""

ERASERS: Final[Mapping[str, Eraser | str]] = {
    "subject_key": Erasure.destroy_key,
    "alias": "`begin` lets go of the lead before the log knows; what is left are keyed hashes that tell nothing",
    "erasure": "keyed hashes and ids: what bodies of before must still find",
    "login": Erasure.forget_login,
    "session": "with `login`",
    "one_time_token": "with `login`",
    "used_invitation": "with `login`",
    "recovery_code": "with its login",
    "refresh_token": "with its session",
    "login_attempt": "keyed hashes, kept for an hour",
    "denial": "with `login`",
    "outbox": "commands as they go into the log: ids, and what is sealed",
    "signing_key": "the vault's own",
    "api_key": "the company's, and by whom it was made: an id",
    "api_key_secret": "with its key",
    "failure_count": "ids and keyed hashes, kept for a minute",
    "read_count": "ids, kept for a quarter of an hour",
    "rate": "addresses and ids of who called, kept for a minute or two, in no backup",
    "mail": "wrapped, and gone when it is sent or after an hour",
    "link_key": "the vault's own",
    "body": "sealed with a day key, which ages out",
    "day_key": "ages out by itself (`streams.aging`), for everybody's bodies at once",
    "company_pepper": "the company's, no person's",
    "credential": "the company's, no person's",
    "file": Erasure.forget_files,
    "instance_name": "the company's, no person's",
    "token": "the bootstrap actor's",
    "generation": "no personal data",
    "key_encryption_key": "no personal data",
    "restored": "no personal data",
    "schema_migration": "no personal data",
}
"""Every table of the vault: how a lead is erased from it, or why nothing is to be. A lint keeps it complete."""


async def erased_lead(
    connection: AsyncConnection[TupleRow], company: str, keys: Sequence[bytes], at: Place
) -> str | None:
    """The lead that was erased after the body at this place of [ingress] was received, if these aliases were its."""
    partition, offset = at
    cursor = await connection.execute(
        "select lead from erasure where company = %(company)s and hash = any(%(keys)s)"
        " and coalesce(ends[%(index)s], 0) > %(offset)s order by ends[%(index)s], at, lead limit 1",
        {"company": company, "keys": list(keys), "index": partition + 1, "offset": offset},
    )
    row = await cursor.fetchone()
    return None if row is None else str(row[0])


async def is_behind(connection: AsyncConnection[TupleRow]) -> bool:
    """Whether this vault comes from a backup and does not know yet what the log says of the time since."""
    cursor = await connection.execute("select exists (select from restored)")
    return await cursor.fetchone() == (True,)
