"""Tokens of invitation links: derived from a key that only the vault has, and stored nowhere (design §7).

A mail that is sent again brings the same link.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256

from vault.accounts.logins import set_password
from vault.accounts.outbox import put_out
from vault.cipher import new_key
from vault.framing import framed
from vault.kek import KeyEncryptionKeys
from vault.pool import Pool

PLACE = framed("link_key")


class Links:
    def __init__(self, pool: Pool, kek: KeyEncryptionKeys) -> None:
        self._pool = pool
        self._kek = kek
        self._kept: bytes | None = None

    async def token(self, invitation: str) -> str:
        """43 characters, safe in a URL."""
        mac = hmac.new(await self.key(), framed("invitation", invitation), sha256).digest()
        return urlsafe_b64encode(mac).rstrip(b"=").decode()

    async def is_of(self, token: str, invitation: str) -> bool:
        """Whether it is this invitation's; compared in constant time."""
        return hmac.compare_digest(token.encode(errors="surrogateescape"), (await self.token(invitation)).encode())

    async def accept(self, invitation: str, user: str, password: str | None, command_id: str, command: bytes) -> None:
        """Used up, with the password of who is no user yet (its hash; None: keeps theirs) and the command, encoded.
        First use wins: a second one changes nothing, and the same command has the same answer."""
        async with self._pool.transaction() as connection:
            cursor = await connection.execute(
                "insert into used_invitation (id, user_id) values (%s, %s) on conflict do nothing", (invitation, user)
            )
            if cursor.rowcount == 1:
                if password is not None:
                    await set_password(connection, user, password)
                await put_out(connection, command_id, command)

    async def key(self) -> bytes:
        """32 bytes, made once and never changed. Also what throttled accounts and addresses are named under."""
        if self._kept is None:
            async with self._pool.connection() as connection:
                await connection.execute(
                    "insert into link_key (wrapped) values (%s) on conflict do nothing",
                    (self._kek.wrap(new_key(), PLACE),),
                )
                row = await (await connection.execute("select wrapped from link_key")).fetchone()
            assert row is not None
            self._kept = self._kek.unwrap(row[0], PLACE)
        return self._kept
