"""Limits shared between processes by the vault's database, and what becomes of them without it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from limits.aio.storage import MemoryStorage, Storage
from structlog.testing import capture_logs

from api.edge import quota as quotas
from api.edge.lease import Limit
from api.edge.quota import Quota
from api.edge.storage import VaultStorage
from domain.kernel.errors import Unavailable
from proof.servers import Postgres
from vault.db import Vault
from vault.migrate import migrate
from vault.pool import open_pool
from vault.rates import Rates

pytestmark = pytest.mark.stack

PROCESSES = 3


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no vault that is away."""
    monkeypatch.setattr(quotas, "PATIENCE_S", 30.0)


@pytest.fixture
def who() -> str:
    return str(uuid4())


async def storm(processes: list[Quota], limit: Limit, who: str, calls: int) -> int:
    """All at once, in turns over the processes. How many were let through."""
    taken = await asyncio.gather(*(processes[n % len(processes)].take(limit, who) for n in range(calls)))
    return sum(each.allowed for each in taken)


@pytest.mark.parametrize("amount", [1, 7, 100, 600])
async def test_all_processes_together_keep_the_limit(vault: Vault, who: str, amount: int) -> None:
    limit = Limit("caller", amount)
    processes = [Quota(VaultStorage(vault.rates)) for _ in range(PROCESSES)]
    allowed = await storm(processes, limit, who, 2 * amount + 50)
    assert amount - PROCESSES * limit.batch <= allowed <= amount


async def test_each_with_a_memory_of_its_own_they_let_through_more(who: str) -> None:
    """The control of the one above."""
    processes = [Quota(MemoryStorage()) for _ in range(PROCESSES)]
    assert await storm(processes, Limit("caller", 100), who, 400) == 300


async def test_one_is_not_counted_for_another_and_each_limit_by_itself(vault: Vault, who: str) -> None:
    quota = Quota(VaultStorage(vault.rates))
    assert await storm([quota], Limit("address", 5), who, 9) == 5
    assert await storm([quota], Limit("address", 5), f"{who}'s neighbour", 9) == 5
    assert await storm([quota], Limit("caller", 5), who, 9) == 5


async def test_a_window_that_is_over_begins_anew(vault: Vault, who: str) -> None:
    limit = Limit("address", 4)
    assert await storm([Quota(VaultStorage(vault.rates))], limit, who, 9) == 4
    assert await storm([Quota(VaultStorage(vault.rates))], limit, who, 9) == 0  # another process, the same window
    await over(vault)
    assert await storm([Quota(VaultStorage(vault.rates))], limit, who, 9) == 4


async def test_rows_of_windows_that_are_over_go(vault: Vault, who: str) -> None:
    quota = Quota(VaultStorage(vault.rates))
    for n in range(50):
        await quota.take(Limit("address", 4), f"{who} {n}")
    await vault.rates.forget_old()
    assert await rows(vault, who) == 50  # still counting
    await over(vault)
    assert await vault.rates.forget_old() >= 50
    assert await rows(vault, who) == 0


async def test_one_statement_decides_for_a_batch_and_none_for_who_is_refused(vault: Vault, who: str) -> None:
    counting = Counting(vault.rates)
    quota, limit = Quota(counting), Limit("caller", 500)
    for _ in range(500):
        assert (await quota.take(limit, who)).allowed
    for _ in range(500):
        assert not (await quota.take(limit, who)).allowed
    assert counting.statements == 500 / limit.batch == 50


class Counting(VaultStorage):
    STORAGE_SCHEME = None
    statements = 0

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        self.statements += 1
        return await super().incr(key, expiry, amount)


@pytest.fixture
async def gone(postgres: Postgres) -> AsyncIterator[VaultStorage]:
    """The storage on a pool that has no server any more."""
    dsn = postgres.fresh_database()
    await migrate(dsn)
    async with open_pool(dsn) as pool:
        storage = VaultStorage(Rates(pool))
    yield storage
    with pytest.raises(Unavailable):
        await storage.incr("key", 60)


async def test_without_the_vault_each_process_counts_by_itself_and_says_so_once(gone: Storage, who: str) -> None:
    quota = Quota(gone)
    with capture_logs() as said:
        assert await storm([quota], Limit("caller", 100), who, 250) == 100
        assert await storm([quota], Limit("address", 5), who, 9) == 5
    assert [line["event"] for line in said] == ["rate_limits_by_process"]


async def test_it_is_shared_again_once_the_vault_is_back(
    vault: Vault, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = [True]

    class Flaky(VaultStorage):
        STORAGE_SCHEME = None

        async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
            if away[0]:
                raise Unavailable("vault_unavailable")
            return await super().incr(key, expiry, amount)

    monkeypatch.setattr(quotas, "AWAY_S", 0.0)
    quota = Quota(Flaky(vault.rates))
    with capture_logs() as said:
        assert (await quota.take(Limit("address", 1), who)).allowed
        away[0] = False
        assert (await quota.take(Limit("address", 1), f"{who} 2")).allowed
    assert [line["event"] for line in said] == ["rate_limits_by_process", "rate_limits_shared_again"]
    assert await rows(vault, who) == 1


async def over(vault: Vault) -> None:
    """All windows are."""
    async with vault.rates._pool.connection() as connection:
        await connection.execute("update rate set expires_at = now() - interval '1 second'")


async def rows(vault: Vault, who: str) -> int:
    async with vault.rates._pool.connection() as connection:
        row = await (await connection.execute("select count(*) from rate where key like %s", (f"%{who}%",))).fetchone()
    assert row is not None
    return int(row[0])
