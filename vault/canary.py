"""Finds wrong key-encryption keys at start, before anything is written that nobody could open."""

from __future__ import annotations

from psycopg import AsyncConnection
from psycopg.errors import ForeignKeyViolation
from psycopg.rows import TupleRow

from domain.kernel.errors import Misconfigured
from vault.cipher import SealBroken
from vault.framing import framed
from vault.kek import KeyEncryptionKeys


async def check_keys(connection: AsyncConnection[TupleRow], kek: KeyEncryptionKeys) -> None:
    """Opens the canaries that are there, then leaves one for each new live key: keys that do not fit leave nothing, or
    the right ones alone would not do any more. The canary of a key that is not live, and that nothing is wrapped by any
    more (`vault.rewrap`), goes with it.

    Raises Misconfigured `kek_wrong` (an id with another key than before) or `kek_missing` (the vault holds rows of a
    key that is not live).
    """
    known = await _opened(connection, kek)
    if gone := known - kek.ids:
        await _forget(connection, gone)
    if not (new := kek.ids - known):
        return
    for id_ in sorted(new):
        await connection.execute(
            "insert into key_encryption_key (id, canary) values (%s, %s) on conflict (id) do nothing",
            (id_, kek.wrap(b"", place(id_), by=id_)),
        )
    await _opened(connection, kek)  # another process, with other keys, may have been quicker


async def _opened(connection: AsyncConnection[TupleRow], kek: KeyEncryptionKeys) -> set[str]:
    """The ids of the canaries that are there; those of live keys open."""
    cursor = await connection.execute("select id, canary from key_encryption_key order by id")
    known = await cursor.fetchall()
    for id_, canary in known:
        try:
            if id_ in kek.ids:
                kek.unwrap(canary, place(id_))
        except SealBroken:
            raise Misconfigured("kek_wrong", f"key-encryption key {id_!r} is not the one this vault knows") from None
    return {id_ for id_, _ in known}


async def _forget(connection: AsyncConnection[TupleRow], gone: set[str]) -> None:
    """All or none. The database looks whether anything is wrapped by them (migration `live_keys`)."""
    try:
        async with connection.transaction():
            await connection.execute("delete from key_encryption_key where id = any(%s)", (sorted(gone),))
    except ForeignKeyViolation:
        ids = ", ".join(map(repr, sorted(gone)))
        raise Misconfigured("kek_missing", f"the vault needs key-encryption key {ids}") from None


def place(id_: str) -> bytes:
    """Of a row: what is wrapped there opens nowhere else."""
    return framed("canary", id_)
