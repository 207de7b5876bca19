"""What people can do who only have their mailbox: choose a new password, unlock their account.

A link is made in one transaction with its mail, and used up in one with what it is good for. puts: what the log is
told, in that transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from vault.accounts.logins import set_password
from vault.accounts.mails import MailKind, Mails, NewMail
from vault.accounts.one_time import Purpose, issue, use
from vault.accounts.outbox import Put, put_out_all
from vault.accounts.sessions import Why, end_all_of
from vault.accounts.throttle import unlock
from vault.pool import Pool

PURPOSES: Final[Mapping[MailKind, Purpose]] = {
    MailKind.NEW_PASSWORD: Purpose.RESET,
    MailKind.LOCKED: Purpose.UNLOCK,
}
"""What a mail's link is good for."""


class Recovery:
    def __init__(self, pool: Pool, mails: Mails) -> None:
        self._pool = pool
        self._mails = mails

    async def mail(self, kind: MailKind, user: str, *, address: str, locale: str, puts: Iterable[Put] = ()) -> None:
        """To be sent. The links of before for the same purpose work no more."""
        async with self._pool.transaction() as connection:
            token = await issue(connection, PURPOSES[kind], user)
            await self._mails.put(NewMail(kind, address, locale, token), within=connection)
            await put_out_all(connection, puts)

    async def reset(self, token: str, hashed: str, account: bytes, puts: Iterable[Put] = ()) -> bool:
        """Another password: all sessions end, and the account is unlocked. The second factor stays. account: as
        `throttle.account_key` has it. False: the token works no more, and nothing is changed."""
        async with self._pool.transaction() as connection:
            user = await use(connection, Purpose.RESET, token)
            if user is not None:
                await set_password(connection, user, hashed)
                await end_all_of(connection, user, Why.PASSWORD_CHANGED)
                await unlock(connection, account)
                await put_out_all(connection, puts)
        return user is not None

    async def unlock(self, token: str, account: bytes, puts: Iterable[Put] = ()) -> bool:
        """As `reset`."""
        async with self._pool.transaction() as connection:
            user = await use(connection, Purpose.UNLOCK, token)
            if user is not None:
                await unlock(connection, account)
                await put_out_all(connection, puts)
        return user is not None
