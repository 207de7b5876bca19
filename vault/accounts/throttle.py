"""Logins that fail are slowed down, and then shut out for a while: by account, by address, and by both. Mails that
anybody may have sent to somebody are counted in the same way.

Accounts that do not exist are counted like others, so that nobody learns which do. An attempt is counted before the
password is looked at, in one statement: a thousand at once are a thousand.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from ipaddress import ip_address, ip_network
from math import ceil
from typing import Final

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from vault.framing import framed
from vault.pool import Pool

LOCKED_S: Final = 15 * 60
MAILED_S: Final = 60 * 60

WAITS: Final[Mapping[str, tuple[int, ...]]] = {
    "both": (0, 0, 0, 1, 2, 4, 8, 16, 32, LOCKED_S),
    "account": (*[0] * 49, LOCKED_S),
    "address": (*[0] * 99, LOCKED_S),
    "reset_mail": (0, 0, MAILED_S),
    "reset_mail_address": (*[0] * 19, MAILED_S),
    "unlock_mail": (LOCKED_S,),
}
"""Seconds of waiting after the first, second … attempt; the last counts for all later ones. A person who mistypes is
hardly held up; from one address an account gets ten tries in a quarter of an hour. Many addresses at one account, or
many accounts from one address (an office's people share one), need more to be told from chance.

A mailbox gets three mails for a new password in an hour, whoever asks for them, and one for unlocking while a lock
lasts: nobody fills it up."""

OF_ACCOUNT: Final = ("both", "account", "unlock_mail")
"""Kinds that are over when the account's owner has unlocked it. Not the count of mails for new passwords."""

FORGOTTEN: Final = timedelta(hours=1)
"""Without a further attempt a count begins anew."""

V4_PREFIX, V6_PREFIX = 32, 64
"""Who has one IPv6 address has 2^64 of them."""

COUNT: Final = """
with wished as (
    select kind, key, account, waits::int[] as waits
    from unnest(%(kinds)s::text[], %(keys)s::bytea[], %(accounts)s::bytea[], %(waits)s::text[])
        as w(kind, key, account, waits)
), blocked as (
    select max(a.locked_until) as until from login_attempt a join wished w using (kind, key)
    where a.locked_until > clock_timestamp()
), counted as (
    insert into login_attempt as a (kind, key, account, locked_until)
    select kind, key, account, clock_timestamp() + make_interval(secs => waits[1]) from wished
    where (select until from blocked) is null
    on conflict (kind, key) do update set
        attempts = case when a.last_at < now() - %(forgotten)s then 1 else a.attempts + 1 end,
        last_at = now(),
        locked_until = clock_timestamp() + make_interval(secs => (
            select w.waits[least(
                case when a.last_at < now() - %(forgotten)s then 1 else a.attempts + 1 end, cardinality(w.waits)
            )] from wished w where w.kind = a.kind
        ))
    where a.locked_until <= clock_timestamp()
    returning kind
)
select (select count(*) from counted), extract(epoch from (select until from blocked) - clock_timestamp())
"""
"""One that waits is not counted: whoever tries on and on is let in again at the end. Of two at once at the very end of
a wait one updates first, and the row lock lets the other see that it waits again."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """keys: kind of `WAITS` → key. account: the key of kind `account`."""

    keys: Mapping[str, bytes]
    account: bytes

    def accounts(self) -> list[bytes | None]:
        return [self.account if kind in OF_ACCOUNT else None for kind in self.keys]


class Throttle:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def attempt(self, of: Attempt) -> int:
        """Counts it. 0: go on; else the seconds to wait, and nothing was counted."""
        values = {
            "kinds": list(of.keys),
            "keys": list(of.keys.values()),
            "accounts": of.accounts(),
            "waits": ["{" + ",".join(map(str, WAITS[kind])) + "}" for kind in of.keys],
            "forgotten": FORGOTTEN,
        }
        async with self._pool.connection() as connection:
            row = await (await connection.execute(COUNT, values)).fetchone()
        assert row is not None
        counted, wait = row
        return 0 if counted == len(of.keys) else max(1, ceil(wait or 1))

    async def passed(self, of: Attempt) -> None:
        """It was the right password: what was counted for this account from this address is forgotten, and one of the
        tries of its account."""
        async with self._pool.connection() as connection:
            await connection.execute("delete from login_attempt where kind = 'both' and key = %s", (of.keys["both"],))
            await connection.execute(
                "update login_attempt set attempts = greatest(attempts - 1, 0)"
                " where kind in ('account', 'address') and key = any(%s)",
                ([of.account, of.keys["address"]],),
            )

    async def locked(self, of: Attempt) -> bool:
        """Whether its account is shut out, from everywhere or from this address: no mere pause between tries."""
        kinds = [kind for kind in of.keys if kind in OF_ACCOUNT]
        values = ([of.keys[kind] for kind in kinds], kinds, [len(WAITS[kind]) for kind in kinds])
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "select exists (select from login_attempt a join unnest(%s::bytea[], %s::text[], %s::int[])"
                " as w(key, kind, tries) using (kind, key)"
                " where a.attempts >= w.tries and a.locked_until > clock_timestamp())",
                values,
            )
            return await cursor.fetchone() == (True,)

    async def forget_old(self) -> None:
        """Deletes counts that would begin anew anyway."""
        async with self._pool.connection() as connection:
            await connection.execute("delete from login_attempt where last_at < now() - %s", (FORGOTTEN,))


async def unlock(connection: AsyncConnection[TupleRow], account: bytes) -> None:
    """Within the transaction that uses up its token: whoever reads the mail may try again, from anywhere."""
    await connection.execute("delete from login_attempt where account = %s", (account,))


def attempt_of(secret: bytes, account: str, address: str) -> Attempt:
    """To log in. secret: 32 bytes; without it the keys tell nothing. account: what was typed, in canonical form.
    address: of the client."""
    prefix = prefix_of(address)
    keys = {
        "both": _key(secret, "both", account, prefix),
        "account": account_key(secret, account),
        "address": _key(secret, "address", prefix),
    }
    return Attempt(keys, keys["account"])


def reset_mail_of(secret: bytes, account: str, address: str) -> Attempt:
    """To have a mail sent that lets its reader choose a new password. As `attempt_of`."""
    keys = {
        "reset_mail": _key(secret, "reset_mail", account),
        "reset_mail_address": _key(secret, "reset_mail_address", prefix_of(address)),
    }
    return Attempt(keys, account_key(secret, account))


def unlock_mail_of(secret: bytes, account: str) -> Attempt:
    """To have a mail sent that lets its reader unlock the account. As `attempt_of`."""
    return Attempt({"unlock_mail": _key(secret, "unlock_mail", account)}, account_key(secret, account))


def account_key(secret: bytes, account: str) -> bytes:
    """What an account is counted under. As `attempt_of`."""
    return _key(secret, "account", account)


def prefix_of(address: str) -> str:
    """Of an IP address what one person has of it; what is none stays as it is."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((parsed, V4_PREFIX if parsed.version == 4 else V6_PREFIX), strict=False))


def _key(secret: bytes, *parts: str) -> bytes:
    return hmac.new(secret, framed(*parts), sha256).digest()
