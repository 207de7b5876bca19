from __future__ import annotations

from vault.cache import BoundedCache


def test_the_least_recently_used_entry_goes_first() -> None:
    cache: BoundedCache[str, int] = BoundedCache(2, 60)
    cache.put("a", 1)
    cache.put("b", 2)
    assert cache.get("a") == 1
    cache.put("c", 3)
    assert (cache.get("a"), cache.get("b"), cache.get("c"), len(cache)) == (1, None, 3, 2)


def test_an_old_entry_is_none_however_often_it_was_read() -> None:
    now = 0.0
    cache: BoundedCache[str, int] = BoundedCache(2, 10, clock=lambda: now)
    cache.put("a", 1)
    now = 10
    assert cache.get("a") == 1
    now = 10.1
    assert cache.get("a") is None
    assert len(cache) == 0


def test_entries_can_be_dropped() -> None:
    cache: BoundedCache[str, int] = BoundedCache(2, 60)
    cache.put("a", 1)
    cache.put("b", 2)
    cache.drop("a")
    cache.drop("never there")
    assert (cache.get("a"), cache.get("b")) == (None, 2)
    cache.clear()
    assert len(cache) == 0
