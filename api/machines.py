"""Machines that call with an API key: whose key it is, whether it is good here and now, and what it may do.

What is told depends on what the caller knows: who has the whole key hears why it is refused; everybody else hears the
same whatever they made up.
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from api.accounts.key_changes import holder_of, revoked
from domain.access.grant import of_key, permissions_in
from domain.kernel.actor import Actor, ActorKind
from domain.kernel.errors import Forbidden, Unauthenticated
from domain.kernel.ids import HOLDING_TENANT
from projections.read.companies import company as read_company
from projections.read.db import ReadDb
from vault.accounts.api_key import ApiKey, Presented, State, Why
from vault.accounts.api_keys import ApiKeys
from vault.accounts.key_text import KeyKind, kind_of
from vault.cache import BoundedCache

REMEMBERED: Final = 10_000
"""Keys: about 10 MB."""

REMEMBER_S: Final = 2.0
"""As rights (api/access.py): a key that is revoked works nowhere after two seconds."""

WHY_NOT: Final[dict[State, str]] = {
    "revoked": "key_revoked",
    "expired": "key_expired",
    "replaced": "key_replaced",
}
"""State → code of the refusal."""


ELSEWHERE: Final = "key_elsewhere"


class KeyRefused(Unauthenticated):
    """Whoever calls has the whole key, and it does not work (here, any more)."""

    def __init__(self, code: str, detail: str, key: ApiKey) -> None:
        super().__init__(code, detail)
        self.key = key


class Machines:
    def __init__(self, keys: ApiKeys, reads: ReadDb) -> None:
        self._keys = keys
        self._reads = reads
        self._shown: BoundedCache[str, Presented] = BoundedCache(REMEMBERED, REMEMBER_S)
        self._writable: BoundedCache[str, bool] = BoundedCache(REMEMBERED, REMEMBER_S)

    async def identify(self, text: str, address: str) -> ApiKey:
        """Raises Unauthenticated `key_invalid` for what nobody was given; KeyRefused `key_revoked`, `key_expired`,
        `key_replaced` (it was rotated), `key_elsewhere` (not from this address); Unavailable."""
        if kind_of(text) is None:
            raise _invalid()
        shown = self._shown.get(text)
        if shown is None:
            found = await self._keys.find(text)
            if found is None:
                raise _invalid()
            shown = self._shown.put(text, found)
            if shown.state == "good" and shown.stale and is_within(address, shown.key.networks):
                await self._keys.used(text)
        if shown.state != "good":
            raise KeyRefused(WHY_NOT[shown.state], "the API key works no more", shown.key)
        if not is_within(address, shown.key.networks):
            raise KeyRefused(ELSEWHERE, "the API key is not for this address", shown.key)
        return shown.key

    async def refused(self, why: KeyRefused) -> None:
        """Once for each call that was refused: a key that comes from elsewhere again and again is revoked. Raises
        Unavailable."""
        if why.code == ELSEWHERE:
            await self._keys.strayed(why.key.id, put=revoked(holder_of(why.key), why.key, Why.ABUSED))

    async def actor(self, key: ApiKey, company: str) -> Actor:
        """With what it may do in the company; where none is meant, what everybody may. Raises Forbidden
        `tenant_mismatch`, Unavailable."""
        grant = permissions_in((), (), writable=True)
        if company != HOLDING_TENANT:
            if company != key.company:
                raise Forbidden("tenant_mismatch", "the API key is another company's")
            reads_only = key.kind is KeyKind.TEST or not await self._is_writable(company)
            grant |= of_key(key.scopes, reads_only=reads_only)
        return Actor(kind=ActorKind.API_KEY, id=key.id, grant=grant)

    async def _is_writable(self, company: str) -> bool:
        known = self._writable.get(company)
        if known is None:
            async with self._reads.system() as conn:
                found = await read_company(conn, company)
            known = self._writable.put(company, found is not None and not found.suspended and not found.archived)
        return known


def is_within(address: str, networks: tuple[str, ...]) -> bool:
    """Whether an IP address is in one of them; there are none: yes. An IPv4 address that a socket for both shows as
    IPv6 is the IPv4 one."""
    if not networks:
        return True
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    return any(parsed in ip_network(each) for each in networks)


def _invalid() -> Unauthenticated:
    return Unauthenticated("key_invalid", "the API key is not valid")
