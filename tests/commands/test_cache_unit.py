from __future__ import annotations

from commands.cache import Cache, size_of
from domain.kernel.stream import Stream
from proof.ground.tallies import Tally


def stream(name: str) -> Stream:
    return Tally.blank(f"tally-{name}")


def test_the_least_recently_used_stream_goes_first() -> None:
    cache = Cache()
    for name in "abc":
        cache.put("lead/1", stream(name))
    cache.get(("lead/1", "tally-a"))
    cache.trim(2 * size_of(stream("x")))
    assert [("lead/1", name) in cache for name in ("tally-a", "tally-b", "tally-c")] == [True, False, True]


def test_the_size_is_that_of_what_is_kept() -> None:
    cache = Cache()
    one = stream("a")
    cache.put("lead/1", one)
    cache.put("lead/1", one)
    assert cache.size == size_of(one)
    cache.evict(("lead/1", "tally-a"))
    cache.evict(("lead/1", "tally-a"))
    assert (cache.size, len(cache)) == (0, 0)
    cache.put("lead/1", one)
    cache.clear()
    assert (cache.size, cache.get(("lead/1", "tally-a"))) == (0, None)


def test_a_name_in_another_journey_is_another_stream() -> None:
    cache = Cache()
    cache.put("tenant/1", stream("a"))
    assert cache.get(("tenant/2", "tally-a")) is None
    assert cache.get(("tenant/1", "tally-a")) is not None
