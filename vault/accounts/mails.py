"""Mails that wait to be sent: those whose tokens the log must not know (new password, unlock).

put ─▶ due ─▶ sent                    who takes one has it alone for `LEASE`
        ▲ └─▶ failed (again later)    made longer ago than its token works: given up
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import uuid4

import orjson
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from vault.accounts.one_time import VALID
from vault.framing import framed
from vault.kek import KeyEncryptionKeys
from vault.pool import Pool

LEASE: Final = timedelta(minutes=1)
"""Longer than handing over a mail may take, so that nobody else sends it meanwhile; short enough to come again soon
after who had it died."""

DUE: Final = """
with due as materialized (
    select id from mail where next_at <= clock_timestamp() and made_at > clock_timestamp() - %(valid)s
    order by next_at, id limit %(limit)s for update skip locked
)
update mail m set next_at = clock_timestamp() + %(lease)s, tries = m.tries + 1
from due where m.id = due.id returning m.id, m.wrapped, m.tries
"""
"""Materialised: as a subquery it could be run once for each row, and take more than the limit."""


class MailKind(StrEnum):
    """What it is about. The strings stand in rows of the last hour."""

    NEW_PASSWORD = "new_password"  # noqa: S105  a kind
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class NewMail:
    """token: for the link. locale: BCP 47, of the reader. values: what else the text names."""

    kind: MailKind
    address: str = field(repr=False)
    locale: str
    token: str = field(repr=False)
    values: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class DueMail:
    """tries: this one included."""

    id: str
    mail: NewMail
    tries: int


class Mails:
    def __init__(self, pool: Pool, kek: KeyEncryptionKeys) -> None:
        self._pool = pool
        self._kek = kek

    async def put(self, mail: NewMail, *, within: AsyncConnection[TupleRow] | None = None) -> str:
        """Due at once. within: the transaction that makes its token. Returns its id."""
        id_ = str(uuid4())
        values = (id_, self._kek.wrap(orjson.dumps(asdict(mail)), place(id_)))
        statement = "insert into mail (id, wrapped) values (%s, %s)"
        if within is not None:
            await within.execute(statement, values)
        else:
            async with self._pool.connection() as connection:
                await connection.execute(statement, values)
        return id_

    async def due(self, limit: int, *, lease: timedelta = LEASE) -> list[DueMail]:
        """At most so many, for the caller alone until `lease` is over. Raises Unavailable."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(DUE, {"lease": lease, "valid": VALID, "limit": limit})
            rows = await cursor.fetchall()
        return [DueMail(id_, self._opened(id_, wrapped), tries) for id_, wrapped, tries in rows]

    async def sent(self, id_: str) -> None:
        """It is gone."""
        async with self._pool.connection() as connection:
            await connection.execute("delete from mail where id = %s", (id_,))

    async def failed(self, id_: str, after: timedelta) -> None:
        """Due again, not before."""
        async with self._pool.connection() as connection:
            await connection.execute("update mail set next_at = clock_timestamp() + %s where id = %s", (after, id_))

    async def give_up(self) -> int:
        """Deletes those whose token works no more. Returns how many."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute("delete from mail where made_at <= clock_timestamp() - %s", (VALID,))
        return cursor.rowcount

    def _opened(self, id_: str, wrapped: bytes) -> NewMail:
        said: dict[str, Any] = orjson.loads(self._kek.unwrap(wrapped, place(id_)))
        return NewMail(**{**said, "kind": MailKind(said["kind"])})


def place(id_: str) -> bytes:
    """Of a row: what is wrapped there opens nowhere else."""
    return framed("mail", id_)
