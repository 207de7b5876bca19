"""Credentials of providers, sealed, and whose instance a provider means by a name."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import orjson

from domain.kernel.errors import Refused
from vault.accounts.outbox import Put, put_out_all
from vault.cache import BoundedCache
from vault.framing import framed
from vault.kek import KeyEncryptionKeys
from vault.pool import Pool

NAMES_CACHED: Final = 10_000
"""Instances whose secrets the ingress keeps in memory: about 10 MB."""

NAMES_CACHED_S: Final = 2.0
"""A secret taken away or a new one counts everywhere within two seconds (as deny rows do, design §7)."""


@dataclass(frozen=True, slots=True)
class Credential:
    """values: named secrets (`api_key`, …). webhook_secrets: all that are live, newest first (rotation)."""

    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    webhook_secrets: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class InstanceRef:
    """Whose webhook it is, and the secrets it may be signed or called with."""

    company: str
    instance: str
    secrets: tuple[str, ...] = field(repr=False)


class Credentials:
    """Kept by (company, kind, id). For a channel instance `kind` is the provider and `id` the instance's id."""

    def __init__(self, pool: Pool, kek: KeyEncryptionKeys) -> None:
        self._pool = pool
        self._kek = kek
        self._names: BoundedCache[tuple[str, str], InstanceRef] = BoundedCache(NAMES_CACHED, NAMES_CACHED_S)
        self._looking: dict[tuple[str, str], asyncio.Task[InstanceRef | None]] = {}

    async def put(self, company: str, kind: str, id_: str, credential: Credential, *, out: Put | None = None) -> None:
        """Stores or replaces. out: a command that tells of it, put out in the same transaction."""
        secret = orjson.dumps(
            {"values": dict(credential.values), "webhook_secrets": list(credential.webhook_secrets)},
        )
        async with self._pool.transaction() as connection:
            await connection.execute(
                "insert into credential (company, kind, id, wrapped) values (%s, %s, %s, %s)"
                " on conflict (company, kind, id) do update set wrapped = excluded.wrapped, updated_at = now()",
                (company, kind, id_, self._kek.wrap(secret, place(company, kind, id_))),
            )
            await put_out_all(connection, [out] if out else [])
        self._names.clear()
        self._looking.clear()

    async def get(self, company: str, kind: str, id_: str) -> Credential | None:
        """None when there is none. Never cached: a gateway asks once a connection, not once a call."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "select wrapped from credential where company = %s and kind = %s and id = %s", (company, kind, id_)
            )
            row = await cursor.fetchone()
        return None if row is None else self._open(company, kind, id_, row[0])

    async def list(self, company: str, kind: str) -> tuple[str, ...]:
        """The ids that have a credential of that kind, in order."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "select id from credential where company = %s and kind = %s order by id", (company, kind)
            )
            return tuple(id_ for (id_,) in await cursor.fetchall())

    async def delete(self, company: str, kind: str, id_: str) -> bool:
        """Removes the credential and the names of that instance. True when there was one."""
        async with self._pool.transaction() as connection:
            await connection.execute(
                "delete from instance_name where company = %s and provider = %s and instance = %s", (company, kind, id_)
            )
            cursor = await connection.execute(
                "delete from credential where company = %s and kind = %s and id = %s", (company, kind, id_)
            )
        self._names.clear()
        self._looking.clear()
        return cursor.rowcount == 1

    async def name_instance(self, provider: str, external_name: str, company: str, instance: str) -> None:
        """The provider's webhooks call this instance so. Idempotent. Raises Refused `instance_name_taken`."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "insert into instance_name as n (provider, external_name, company, instance) values (%s, %s, %s, %s)"
                " on conflict (provider, external_name) do update set instance = n.instance"
                " where (n.company, n.instance) = (excluded.company, excluded.instance)",
                (provider, external_name, company, instance),
            )
        if cursor.rowcount == 0:
            raise Refused("instance_name_taken", "another instance goes by this name at the provider")

    async def instance_for(self, provider: str, external_name: str) -> InstanceRef | None:
        """For the ingress: company, instance and live webhook secrets; None when nobody goes by that name."""
        name = (provider, external_name)
        cached = self._names.get(name)
        if cached is not None:
            return cached
        # When a busy instance's entry gets old, all its webhooks of that moment ask at once: one of them looks.
        looking = self._looking.get(name)
        if looking is None:
            looking = self._looking[name] = asyncio.create_task(self._look_up(provider, external_name))
            looking.add_done_callback(lambda task: self._looked(name, task))
        return await asyncio.shield(looking)

    def _looked(self, name: tuple[str, str], task: asyncio.Task[InstanceRef | None]) -> None:
        if self._looking.get(name) is task:
            del self._looking[name]
        if not task.cancelled():
            task.exception()  # seen, also when nobody waits any more

    async def _look_up(self, provider: str, external_name: str) -> InstanceRef | None:
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "select n.company, n.instance, c.wrapped from instance_name n"
                " left join credential c on (c.company, c.kind, c.id) = (n.company, n.provider, n.instance)"
                " where n.provider = %s and n.external_name = %s",
                (provider, external_name),
            )
            row = await cursor.fetchone()
        if row is None:
            return None
        company, instance, wrapped = row
        secrets = () if wrapped is None else self._open(company, provider, instance, wrapped).webhook_secrets
        return self._names.put((provider, external_name), InstanceRef(company, instance, secrets))

    def _open(self, company: str, kind: str, id_: str, wrapped: bytes) -> Credential:
        held = orjson.loads(self._kek.unwrap(wrapped, place(company, kind, id_)))
        return Credential(values=held["values"], webhook_secrets=tuple(held["webhook_secrets"]))


def place(company: str, kind: str, id_: str) -> bytes:
    """Of a row: what is wrapped there opens nowhere else."""
    return framed("credential", company, kind, id_)
