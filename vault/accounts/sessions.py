"""Sessions and their refresh tokens: each token works once; one that comes again ends the session for all.

Who begins or ends some says what the log is told of it (`Told`): that is put out in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import uuid4

from psycopg import AsyncConnection
from psycopg.rows import TupleRow, class_row

from domain.kernel.errors import Unauthenticated
from vault.accounts.outbox import Put, put_out_all
from vault.accounts.secrets import hash_of, new_token
from vault.pool import Pool

IDLE: Final = timedelta(days=7)
"""Unused for so long, it is over (ASVS 5.0, 7.3.1)."""

LONGEST: Final = timedelta(days=30)
"""However it is used (ASVS 5.0, 7.3.2)."""

LIVE: Final = f"""
ended_at is null and seen_at > now() - interval '{IDLE.days} days' and made_at > now() - interval '{LONGEST.days} days'
"""
KEPT: Final = timedelta(days=90)
"""Of sessions that are over: for their owners to look back, and for who investigates."""


class Why(StrEnum):
    """Why a session ended."""

    LOGOUT = "logout"
    ENDED_BY_USER = "ended_by_user"
    ENDED_BY_ADMIN = "ended_by_admin"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  a reason
    TOKEN_REUSED = "token_reused"  # noqa: S105  a reason
    USER_DISABLED = "user_disabled"
    VAULT_RESTORED = "vault_restored"


@dataclass(frozen=True, slots=True)
class Session:
    """address: prefix of where it began. agent: kind of browser. company: that it works in."""

    id: str
    user_id: str
    company: str
    address: str
    agent: str
    made_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Granted:
    """What a login or a refresh gives: the session, and the one token that continues it."""

    session: Session
    refresh_token: str


class TokenReused(Exception):
    """A refresh token came a second time: the session is ended. session: which one."""

    def __init__(self, session: Session) -> None:
        super().__init__("token_reused")
        self.session = session


Told = Callable[[tuple[Session, ...]], Iterable[Put]]
"""What is put out of these sessions."""


def nothing(_: tuple[Session, ...]) -> Iterable[Put]:
    """Of what is told by somebody else, or has nobody to be told."""
    return ()


COLUMNS: Final = "id, user_id, company, address, agent, made_at, seen_at"
USE: Final = f"""
select {COLUMNS}, used_at is not null as used, {LIVE} as live
from refresh_token t join session s on s.id = t.session where t.hash = %s for update
"""  # noqa: S608  texts of ours


class Sessions:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def begin(
        self,
        user: str,
        company: str,
        *,
        address: str,
        agent: str,
        proved: datetime | None = None,
        told: Told = nothing,
    ) -> Granted:
        """After a login. proved: since when the password that was shown is theirs. Raises Unauthenticated
        `login_failed` when there is another one by now: who knows only the old one does not slip in beside the change.
        """
        async with self._pool.transaction() as connection:
            if proved is not None:
                still = await connection.execute(
                    "select from login where user_id = %s and changed_at = %s for share", (user, proved)
                )
                if await still.fetchone() is None:
                    raise Unauthenticated("login_failed", "address, password or code are not right")
            cursor = connection.cursor(row_factory=class_row(Session))
            await cursor.execute(
                "insert into session (id, user_id, company, address, agent) values (%s, %s, %s, %s, %s)"  # noqa: S608
                f" returning {COLUMNS}",
                (str(uuid4()), user, company, address, agent),
            )
            session = await cursor.fetchone()
            assert session is not None
            await put_out_all(connection, told((session,)))
            return Granted(session, await _next_token(connection, session.id))

    async def refresh(self, token: str, *, reused: Told = nothing) -> Granted | None:
        """The next token for this one.

        None: no such token, or its session is over. Raises TokenReused, the session is ended then.
        """
        async with self._pool.transaction() as connection:
            row = await (await connection.execute(USE, (hash_of(token),))).fetchone()
            if row is None or not row[-1]:
                return None
            session = Session(*row[:-2])
            if row[-2]:
                await _end(connection, "id = %s", (session.id,), Why.TOKEN_REUSED, reused)
            else:
                await connection.execute("update refresh_token set used_at = now() where hash = %s", (hash_of(token),))
                cursor = connection.cursor(row_factory=class_row(Session))
                await cursor.execute(
                    f"update session set seen_at = now() where id = %s returning {COLUMNS}",  # noqa: S608
                    (session.id,),
                )
                session = await cursor.fetchone() or session
                return Granted(session, await _next_token(connection, session.id))
        raise TokenReused(session)

    async def work_in(self, id_: str, company: str, *, told: Told = nothing) -> Session | None:
        """The session works in another company from now on; None when it is over."""
        async with self._pool.transaction() as connection:
            cursor = connection.cursor(row_factory=class_row(Session))
            await cursor.execute(
                f"update session set company = %s where id = %s and {LIVE} returning {COLUMNS}",  # noqa: S608  ours
                (company, id_),
            )
            session = await cursor.fetchone()
            await put_out_all(connection, told((session,)) if session else ())
            return session

    async def live(self, id_: str) -> Session | None:
        """The session, if it is not over."""
        return next(iter(await self._select("id = %s", id_)), None)

    async def of_user(self, user: str, company: str | None = None) -> tuple[Session, ...]:
        """Those that are not over, the newest first. company: that they work in; None: any."""
        return await self._select("user_id = %s and (%s::text is null or company = %s)", user, company, company)

    async def end(self, id_: str, why: Why, *, user: str, company: str | None = None, told: Told = nothing) -> bool:
        """user: whose it must be. company: that it must work in; None: any. True when it was live."""
        where = f"id = %s and user_id = %s and (%s::text is null or company = %s) and {LIVE}"
        async with self._pool.transaction() as connection:
            return len(await _end(connection, where, (id_, user, company, company), why, told)) > 0

    async def end_by_token(self, token: str, why: Why, *, told: Told = nothing) -> Session | None:
        """The session that this token was given to, used or not; None where there is none that is live."""
        where = "id = (select session from refresh_token where hash = %s)"
        async with self._pool.transaction() as connection:
            return next(iter(await _end(connection, where, (hash_of(token),), why, told)), None)

    async def end_all(
        self, user: str, why: Why, *, but: str = "", company: str | None = None, told: Told = nothing
    ) -> int:
        """All of the user's, but one. company: that they work in; None: any. Returns how many."""
        where = "user_id = %s and id <> %s and (%s::text is null or company = %s)"
        async with self._pool.transaction() as connection:
            return len(await _end(connection, where, (user, but, company, company), why, told))

    async def forget_old(self) -> None:
        """Deletes what has been over for `KEPT`."""
        async with self._pool.connection() as connection:
            await connection.execute(
                "delete from session where coalesce(ended_at, seen_at) < now() - make_interval(days => %s)",
                (KEPT.days,),
            )

    async def _select(self, where: str, *of: str | None) -> tuple[Session, ...]:
        async with self._pool.connection() as connection:
            cursor = connection.cursor(row_factory=class_row(Session))
            await cursor.execute(
                f"select {COLUMNS} from session where {where} and {LIVE} order by made_at desc, id",  # noqa: S608  ours
                of,
            )
            return tuple(await cursor.fetchall())


async def end_all_of(connection: AsyncConnection[TupleRow], user: str, why: Why) -> int:
    """Within somebody else's transaction, who tells of more than of this."""
    return len(await _end(connection, "user_id = %s", (user,), why, nothing))


async def _end(
    connection: AsyncConnection[TupleRow], where: str, of: tuple[str | bytes | None, ...], why: Why, told: Told
) -> tuple[Session, ...]:
    """Those that were live are told of, and returned."""
    cursor = connection.cursor(row_factory=class_row(Session))
    await cursor.execute(
        f"update session set ended_at = now(), ended_why = %s where {where} and ended_at is null"  # noqa: S608  ours
        f" returning {COLUMNS}",
        (why.value, *of),
    )
    ended = tuple(await cursor.fetchall())
    await put_out_all(connection, told(ended) if ended else ())
    return ended


async def _next_token(connection: AsyncConnection[TupleRow], session: str) -> str:
    token = new_token()
    await connection.execute("insert into refresh_token (hash, session) values (%s, %s)", (hash_of(token), session))
    return token
