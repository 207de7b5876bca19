"""What fails and what is read is counted by all together and told of once."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest

from vault.accounts.counts import FAILURES, READS, Counted, FailureKey, ReadKey
from vault.accounts.outbox import Put
from vault.db import Vault

pytestmark = pytest.mark.stack

LATER = FAILURES.length * 3
MUCH_LATER = READS.length * 3


class Told:
    """Remembers what it was asked to tell."""

    def __init__(self) -> None:
        self.groups: list[Counted[FailureKey] | Counted[ReadKey]] = []

    def __call__(self, counted: Counted[FailureKey] | Counted[ReadKey]) -> list[Put]:
        self.groups.append(counted)
        return [Put(str(uuid4()), b"encoded")]

    def sums(self) -> Counter[tuple[str, ...]]:
        sums: Counter[tuple[str, ...]] = Counter()
        for group in self.groups:
            for key, count in group.rows:
                sums[key] += count
        return sums


def failure(account: str = "a", company: str = "c") -> FailureKey:
    return FailureKey(company, "login_failed", account, "203.0.113.0/24")


async def waiting(vault: Vault) -> int:
    return len(await vault.outbox.waiting(older_than=timedelta(0), limit=1000))


async def test_counts_of_several_processes_add_up_and_are_told_once(own_vault: Vault) -> None:
    await asyncio.gather(*(
        own_vault.counts.add_failures({failure("a"): 2, failure("b"): 1, failure("a", "d"): 1}) for _ in range(8)
    ))  # fmt: skip
    told = Told()
    assert await own_vault.counts.close_failures(told) == 0, "the minute is not over"
    await asyncio.gather(*(own_vault.counts.close_failures(told, ahead=LATER) for _ in range(3)))
    assert told.sums() == {failure("a"): 16, failure("b"): 8, failure("a", "d"): 8}
    assert await waiting(own_vault) == len(told.groups)
    for group in told.groups:
        assert group.until - group.since == FAILURES.length
        assert len({key.company for key, _ in group.rows}) == 1


async def test_what_was_not_told_of_stays(own_vault: Vault) -> None:
    """Who makes the commands fails: the rows are still there, and nothing was put out."""
    await own_vault.counts.add_failures({failure(): 3})

    def broken(_: Counted[FailureKey]) -> list[Put]:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await own_vault.counts.close_failures(broken, ahead=LATER)
    assert await waiting(own_vault) == 0
    told = Told()
    await own_vault.counts.close_failures(told, ahead=LATER)
    assert told.sums() == {failure(): 3}


async def test_reads_are_grouped_by_reader_and_resource(own_vault: Vault) -> None:
    keys = [ReadKey("c", "user", reader, what, s) for reader in "uv" for what in ("lead", "conversation") for s in "xy"]
    await own_vault.counts.add_reads(dict.fromkeys(keys, 1))
    told = Told()
    assert await own_vault.counts.close_reads(told, ahead=MUCH_LATER) >= 4
    assert told.sums() == dict.fromkeys(keys, 1)
    for group in told.groups:
        assert len({key[:4] for key, _ in group.rows}) == 1


async def test_many_groups_are_told_of_a_part_at_a_time(own_vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vault.accounts.counts.GROUPS", 2)
    await own_vault.counts.add_failures({failure(company=f"c{n}"): 1 for n in range(5)})
    told = Told()
    assert [await own_vault.counts.close_failures(told, ahead=LATER) for _ in range(4)] == [2, 2, 1, 0]
