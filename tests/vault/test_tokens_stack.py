from __future__ import annotations

import asyncio

import psycopg
import pytest

from vault.db import Vault, open_vault
from vault.kek import KeyEncryptionKeys

pytestmark = pytest.mark.stack


async def test_of_processes_that_start_at_once_one_gets_the_token(
    own_vault: Vault, own_dsn: str, kek: KeyEncryptionKeys
) -> None:
    async with open_vault(own_dsn, kek) as other:
        made = await asyncio.gather(*(each.tokens.ensure_bootstrap() for _ in range(5) for each in (own_vault, other)))
    tokens = [token for token in made if token is not None]
    assert len(tokens) == 1
    assert await own_vault.tokens.ensure_bootstrap() is None
    assert await own_vault.tokens.verify(tokens[0])


async def test_only_the_token_itself_is_accepted(own_vault: Vault) -> None:
    assert not await own_vault.tokens.verify("before there is one")
    token = await own_vault.tokens.ensure_bootstrap()
    assert token is not None
    assert await own_vault.tokens.verify(token)
    for wrong in ("", token[:-1], token + "x", token.upper(), "\udcff"):
        assert not await own_vault.tokens.verify(wrong)


async def test_a_lost_token_is_renewed_and_the_old_one_ends(own_vault: Vault) -> None:
    lost = await own_vault.tokens.ensure_bootstrap()
    renewed = await own_vault.tokens.ensure_bootstrap(renew=True)
    assert lost is not None
    assert renewed is not None
    assert not await own_vault.tokens.verify(lost)
    assert await own_vault.tokens.verify(renewed)


async def test_the_database_holds_no_token(own_vault: Vault, own_dsn: str) -> None:
    token = await own_vault.tokens.ensure_bootstrap()
    assert token is not None
    with psycopg.connect(own_dsn) as connection:
        rows = connection.execute("select hash from token").fetchall()
    assert [len(row[0]) for row in rows] == [32]
    assert token.encode() not in rows[0][0]
