"""A shared vault for tests that keep to a company of their own, and new ones for tests that own the whole vault."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import pytest

from proof.servers import Postgres
from vault.db import Vault, open_vault
from vault.kek import KeyEncryptionKeys, generate
from vault.migrate import migrate


@pytest.fixture(scope="session")
def kek() -> KeyEncryptionKeys:
    return KeyEncryptionKeys.from_settings({"k1": generate()}, "k1")


@pytest.fixture(scope="session")
async def vault_dsn(postgres: Postgres) -> str:
    dsn = postgres.fresh_database()
    await migrate(dsn)
    return dsn


@pytest.fixture(scope="session")
async def vault(vault_dsn: str, kek: KeyEncryptionKeys) -> AsyncIterator[Vault]:
    async with open_vault(vault_dsn, kek) as opened:
        yield opened


@pytest.fixture
async def own_dsn(postgres: Postgres) -> str:
    """A migrated vault that no other test uses."""
    dsn = postgres.fresh_database()
    await migrate(dsn)
    return dsn


@pytest.fixture
async def own_vault(own_dsn: str, kek: KeyEncryptionKeys) -> AsyncIterator[Vault]:
    async with open_vault(own_dsn, kek) as opened:
        yield opened


@pytest.fixture
def company() -> str:
    return str(uuid.uuid4())
