"""Finds wrong key-encryption keys at start, before anything is written that nobody could open."""

from __future__ import annotations

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from domain.kernel.errors import Misconfigured
from vault.cipher import SealBroken
from vault.framing import framed
from vault.kek import KeyEncryptionKeys


async def check_keys(connection: AsyncConnection[TupleRow], kek: KeyEncryptionKeys) -> None:
    """Leaves a canary for each live key and opens those that are there.

    Raises Misconfigured `kek_wrong` (an id with another key than before) or `kek_missing` (the vault holds rows of a
    key that is not live).
    """
    for id_ in sorted(kek.ids):
        await connection.execute(
            "insert into key_encryption_key (id, canary) values (%s, %s) on conflict (id) do nothing",
            (id_, kek.wrap(b"", framed("canary", id_), by=id_)),
        )
    cursor = await connection.execute("select id, canary from key_encryption_key order by id")
    for id_, canary in await cursor.fetchall():
        try:
            kek.unwrap(canary, framed("canary", id_))
        except SealBroken:
            raise Misconfigured("kek_wrong", f"key-encryption key {id_!r} is not the one this vault knows") from None
