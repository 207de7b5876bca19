"""While the keys of access tokens rotate, two API processes and somebody who keeps our public keys refuse nothing."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from api.tokens import AccessTokens
from domain.kernel.errors import Unauthenticated
from tests.api.test_tokens_stack import ISSUER
from vault.accounts.sessions import Session
from vault.accounts.signing import Pace, SigningKeys
from vault.db import Vault

pytestmark = pytest.mark.stack
NOW = datetime.now(UTC)
SESSION = Session("s1", "u1", "c1", "192.0.2.0/24", "Firefox", NOW, NOW)

KEEPS_S = 1.0
"""How long the outsider keeps what it was published: JWKS_S in small."""

LIVES_S = 2.0
"""How long a token is shown: LIFETIME_S in small."""

PACE = Pace(published_s=3.0, opens_s=5.0, remembered_s=0.5)
"""A hurried world, with some room for a busy machine."""


@dataclass
class Outsider:
    """Opens our tokens with keys that it fetched a while ago, from one of two processes."""

    processes: tuple[AccessTokens, AccessTokens]
    keys: KeySet | None = None
    fetched: float = 0.0
    fetches: int = 0

    async def opens(self, token: str) -> bool:
        if self.keys is None or time.monotonic() - self.fetched > KEEPS_S:
            published = await self.processes[self.fetches % 2].jwks()
            self.keys, self.fetched = KeySet.import_key_set(published), time.monotonic()  # type: ignore[arg-type]
            self.fetches += 1
        try:
            jwt.decode(token, self.keys, algorithms=["Ed25519"])
        except (JoseError, ValueError):
            return False
        return True


@dataclass
class Load:
    """Tokens are issued by both and shown to both and to the outsider, again and again while they live."""

    processes: tuple[AccessTokens, AccessTokens]
    outsider: Outsider
    held: deque[tuple[float, str]] = field(default_factory=deque)
    shown: int = 0
    refused: list[str] = field(default_factory=list)
    stop: bool = False

    async def run(self) -> None:
        while not self.stop:
            for process in self.processes:
                self.held.append((time.monotonic(), await process.issue(SESSION, "sdr")))
            while self.held and time.monotonic() - self.held[0][0] > LIVES_S:
                self.held.popleft()
            for _, token in (self.held[0], self.held[len(self.held) // 2], self.held[-1]):
                await self._show(token)
            await asyncio.sleep(0)

    async def _show(self, token: str) -> None:
        self.shown += 1
        for n, process in enumerate(self.processes):
            try:
                await process.read(token)
            except Unauthenticated:
                self.refused.append(f"process {n}")
        if not await self.outsider.opens(token):
            self.refused.append("outsider")


async def signing_key(process: AccessTokens) -> str:
    return (await process._keys.live())[0].id


async def rotated_under_load(vault: Vault, pace: Pace) -> tuple[Load, str, AccessTokens]:
    """(what came of it, a token that the old key signed, somebody who reads it afterwards)."""
    processes = [
        AccessTokens(SigningKeys(vault.signing._pool, vault.signing._kek, pace=pace), ISSUER) for _ in range(3)
    ]
    one, two, rotating = processes
    before = await signing_key(one)
    old = await one.issue(SESSION, "sdr")
    load = Load((one, two), Outsider((one, two)))
    running = asyncio.create_task(load.run())
    try:
        while load.shown < 50 or load.outsider.fetches < 2:
            await asyncio.sleep(0.05)
        made = await rotating._keys.rotate()
        while len(await rotating._keys._load()) > 1 or {await signing_key(one), await signing_key(two)} != {made.key}:
            await asyncio.sleep(0.05)
        assert made.key != before
    finally:
        load.stop = True
        await running
    return load, old, rotating


async def test_no_token_is_refused_while_keys_rotate_and_the_old_key_opens_nothing_afterwards(own_vault: Vault) -> None:
    load, old, reader = await rotated_under_load(own_vault, PACE)
    assert load.refused == []
    assert load.shown > 500
    with pytest.raises(Unauthenticated, match="token_invalid"):
        await reader.read(old)


async def test_control_a_key_that_signs_as_soon_as_it_is_made_is_refused_by_who_keeps_keys(own_vault: Vault) -> None:
    load, _, _ = await rotated_under_load(own_vault, Pace(0.0, PACE.opens_s, PACE.remembered_s))
    assert "outsider" in load.refused


async def test_control_a_key_that_goes_before_its_tokens_do_is_missed(own_vault: Vault) -> None:
    load, _, _ = await rotated_under_load(own_vault, Pace(PACE.published_s, 0.0, PACE.remembered_s))
    assert load.refused
