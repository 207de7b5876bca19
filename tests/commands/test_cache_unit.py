from __future__ import annotations

from commands.cache import Cache, size_of
from domain.kernel.stream import Stream
from tests.commands.tally import Tally


def stream(name: str) -> Stream:
    return Tally.blank(f"tally-{name}")


def test_the_least_recently_used_stream_goes_first() -> None:
    cache = Cache()
    for name in "abc":
        cache.put(stream(name))
    cache.get("tally-a")
    cache.trim(2 * size_of(stream("x")))
    assert [name in cache for name in ("tally-a", "tally-b", "tally-c")] == [True, False, True]


def test_the_size_is_that_of_what_is_kept() -> None:
    cache = Cache()
    one = stream("a")
    cache.put(one)
    cache.put(one)
    assert cache.size == size_of(one)
    cache.evict("tally-a")
    cache.evict("tally-a")
    assert (cache.size, len(cache)) == (0, 0)
    cache.put(one)
    cache.clear()
    assert (cache.size, cache.get("tally-a")) == (0, None)
