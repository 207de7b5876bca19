"""Passwords and second factors of users. puts: what the log is told, in the transaction of the change."""

from __future__ import annotations

import secrets
import time
from base64 import b32encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import pyotp
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from domain.kernel.errors import Refused
from vault.accounts.one_time import Purpose, drop
from vault.accounts.outbox import Put, put_out_all
from vault.accounts.secrets import hash_of
from vault.accounts.sessions import Why, end_all_of
from vault.framing import framed
from vault.kek import KeyEncryptionKeys
from vault.pool import Pool

STEP_S: Final = 30
"""Of a code (RFC 6238)."""

SKEW: Final = 1
"""Steps before and after: for a telephone's clock, and for who types slowly (RFC 6238, 5.2)."""

RECOVERY_CODES: Final = 10
RECOVERY_BYTES: Final = 10
"""80 random bits each: 16 letters that can be written down."""


@dataclass(frozen=True, slots=True)
class Login:
    """password: its hash, chosen at changed_at. has_totp: a second factor is needed."""

    user_id: str
    password: str = field(repr=False)
    changed_at: datetime
    has_totp: bool


@dataclass(frozen=True, slots=True)
class Offered:
    """A second factor that waits for its first code. uri: for the QR code of an authenticator app."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)


class Logins:
    def __init__(self, pool: Pool, kek: KeyEncryptionKeys, *, clock: Callable[[], float] = time.time) -> None:
        self._pool = pool
        self._kek = kek
        self._clock = clock

    async def find(self, user: str) -> Login | None:
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "select user_id, password, changed_at, totp is not null from login where user_id = %s", (user,)
            )
            row = await cursor.fetchone()
        return None if row is None else Login(*row)

    async def rehash(self, user: str, old: str, new: str) -> None:
        """The same password under other costs; nothing when it was changed meanwhile."""
        async with self._pool.connection() as connection:
            await connection.execute(
                "update login set password = %s where user_id = %s and password = %s", (new, user, old)
            )

    async def change_password(self, user: str, hashed: str, puts: Iterable[Put] = ()) -> None:
        """All sessions end: whoever else knew the old one is out, and who had a new one mailed too."""
        async with self._pool.transaction() as connection:
            await connection.execute(
                "update login set password = %s, changed_at = now() where user_id = %s", (hashed, user)
            )
            await drop(connection, Purpose.RESET, user)
            await end_all_of(connection, user, Why.PASSWORD_CHANGED)
            await put_out_all(connection, puts)

    async def offer_totp(self, user: str, label: str) -> Offered:
        """A new secret; it counts from its first code on. label: what the app shows beside the issuer."""
        secret = pyotp.random_base32()
        async with self._pool.connection() as connection:
            await connection.execute(
                "update login set totp_offered = %s where user_id = %s",
                (self._kek.wrap(secret.encode(), place(user)), user),
            )
        return Offered(secret, pyotp.TOTP(secret).provisioning_uri(name=label, issuer_name="Legion"))

    async def take_totp(self, user: str, code: str, puts: Iterable[Put] = ()) -> tuple[str, ...]:
        """The offered secret becomes the second factor with its first code. Returns the recovery codes, which are shown
        once. Raises Refused `nothing_offered`, `wrong_code`."""
        async with self._pool.transaction() as connection:
            cursor = await connection.execute("select totp_offered from login where user_id = %s for update", (user,))
            row = await cursor.fetchone()
            if row is None or row[0] is None:
                raise Refused("nothing_offered")
            step = self._step_of(row[0], user, code, after=0)
            if step is None:
                raise Refused("wrong_code")
            await connection.execute(
                "update login set totp = totp_offered, totp_offered = null, totp_step = %s where user_id = %s",
                (step, user),
            )
            await put_out_all(connection, puts)
            return await _new_recovery_codes(connection, user)

    async def drop_totp(self, user: str, puts: Iterable[Put] = ()) -> bool:
        """No second factor any more. True when there was one."""
        async with self._pool.transaction() as connection:
            await connection.execute("delete from recovery_code where user_id = %s", (user,))
            cursor = await connection.execute(
                "update login set totp = null, totp_offered = null where user_id = %s and totp is not null", (user,)
            )
            await put_out_all(connection, puts if cursor.rowcount else ())
        return cursor.rowcount == 1

    async def check_second(self, user: str, code: str) -> bool:
        """A code of the app or a recovery code: each is taken once."""
        async with self._pool.transaction() as connection:
            cursor = await connection.execute(
                "select totp, totp_step from login where user_id = %s for update", (user,)
            )
            row = await cursor.fetchone()
            if row is None or row[0] is None:
                return False
            step = self._step_of(row[0], user, code, after=row[1])
            if step is not None:
                await connection.execute("update login set totp_step = %s where user_id = %s", (step, user))
                return True
            cursor = await connection.execute(
                "update recovery_code set used_at = now() where user_id = %s and hash = %s and used_at is null",
                (user, hash_of(_typed(code))),
            )
            return cursor.rowcount == 1

    async def recovery_codes_left(self, user: str) -> int:
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "select count(*) from recovery_code where user_id = %s and used_at is null", (user,)
            )
            row = await cursor.fetchone()
        return 0 if row is None else int(row[0])

    def _step_of(self, wrapped: bytes, user: str, code: str, *, after: int) -> int | None:
        """The step that the code is of, if it is near now and later than `after`."""
        totp = pyotp.TOTP(self._kek.unwrap(wrapped, place(user)).decode(), interval=STEP_S)
        now = int(self._clock()) // STEP_S
        near = range(max(now - SKEW, after + 1), now + SKEW + 1)
        found = [step for step in near if pyotp.utils.strings_equal(totp.generate_otp(step), code.strip())]
        return found[0] if found else None


async def set_password(connection: AsyncConnection[TupleRow], user: str, hashed: str) -> None:
    """Within the transaction that accepts an invitation (of who was no user before: what they chose at one that was
    refused then counts no more), or that uses up a mailed token (also of who has lost their login with the vault)."""
    await connection.execute(
        "insert into login (user_id, password) values (%s, %s)"
        " on conflict (user_id) do update set password = excluded.password, changed_at = now()",
        (user, hashed),
    )


async def _new_recovery_codes(connection: AsyncConnection[TupleRow], user: str) -> tuple[str, ...]:
    codes = [b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode() for _ in range(RECOVERY_CODES)]
    await connection.execute("delete from recovery_code where user_id = %s", (user,))
    await connection.cursor().executemany(
        "insert into recovery_code (user_id, hash) values (%s, %s)", [(user, hash_of(code)) for code in codes]
    )
    return tuple("-".join(code[at : at + 4] for at in range(0, len(code), 4)) for code in codes)


def _typed(code: str) -> str:
    """As people type what they wrote down."""
    return "".join(code.split()).replace("-", "").upper()


def place(user: str) -> bytes:
    """Of a row: what is wrapped there opens nowhere else."""
    return framed("totp", user)
