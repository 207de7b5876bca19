"""Reports gathered by dataset, against Meta's simulator: each event gets its own answer, whoever is beside it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final
from uuid import uuid4

import httpx
import orjson
import pytest

from gateways.meta.check import Ready, check
from gateways.meta.client import Dataset, MetaClient
from gateways.meta.errors import MetaPayloadRefused, MetaTokenDead
from gateways.meta.event import ActionSource, Event
from gateways.meta.user import User
from proof.ground.simulator import simulator
from streams.conversion.dispatch import Answer, Dispatch, Dropped, Resting, Taken

pytestmark = pytest.mark.stack

TOKEN: Final = "t0ken"  # pragma: allowlist secret


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with simulator("simulators.meta", ready="/_sim/calls") as url:
        yield url


@pytest.fixture
async def meta(server: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server, trust_env=False) as http:
        await http.delete("/_sim/events")
        await http.put("/_sim/tokens", json={"token": TOKEN, "alive": True})
        yield http


@pytest.fixture
async def dispatch(server: str) -> AsyncIterator[Dispatch]:
    async with MetaClient(server) as client:
        yield Dispatch(client, wait_s=0.1)


def dataset(id_: str = "7") -> Dataset:
    return Dataset(id=id_, token=TOKEN)


def good(id_: str | None = None) -> Ready:
    event = Event(
        event_name="Lead",
        event_time=int(time.time()),
        event_id=id_ or str(uuid4()),
        action_source=ActionSource.SYSTEM_GENERATED,
        user=User(external_ids=("lead",)),
    )
    ready = check(event, event.event_time)
    assert isinstance(ready, Ready)
    return ready


def bad() -> Ready:
    """That our own check would not have let through."""
    ready = good()
    return Ready(ready.event_name, ready.event_id, orjson.dumps({**orjson.loads(ready.body), "user_data": {}}))


async def sent(dispatch: Dispatch, *events: Ready, to: Dataset | None = None, wanted: bool = True) -> list[Answer]:
    where = to or dataset()
    return list(await asyncio.gather(*(dispatch.send(where, each, unwanted=lambda: not wanted) for each in events)))


async def calls(meta: httpx.AsyncClient) -> dict[str, Any]:
    counts: dict[str, Any] = (await meta.get("/_sim/calls")).json()
    return counts


async def test_events_of_a_moment_go_in_one_request(dispatch: Dispatch, meta: httpx.AsyncClient) -> None:
    answers = await sent(dispatch, *(good() for _ in range(50)))
    assert all(isinstance(each, Taken) and each.trace for each in answers)
    assert await calls(meta) == {
        "requests": 1, "refused": 0, "events_received": 50, "events_accepted": 50, "duplicates": 0
    }  # fmt: skip


async def test_bad_ones_are_refused_alone(dispatch: Dispatch, meta: httpx.AsyncClient) -> None:
    events = [good() for _ in range(40)]
    events[7], events[31] = bad(), bad()
    answers = await sent(dispatch, *events)
    refused = [place for place, each in enumerate(answers) if isinstance(each, MetaPayloadRefused)]
    assert refused == [7, 31]
    assert sum(isinstance(each, Taken) for each in answers) == 38
    assert (await calls(meta))["events_accepted"] == 38


async def test_each_dataset_has_its_own_requests(dispatch: Dispatch, meta: httpx.AsyncClient) -> None:
    one, other = await asyncio.gather(sent(dispatch, good(), good()), sent(dispatch, good(), to=dataset("8")))
    assert [type(each) for each in (*one, *other)] == [Taken] * 3
    assert (await calls(meta))["requests"] == 2


async def test_a_dead_token_is_told_to_all_and_nobody_else(dispatch: Dispatch, meta: httpx.AsyncClient) -> None:
    await meta.put("/_sim/tokens", json={"token": TOKEN, "alive": False})
    other = Dataset(id="9", token="another")  # pragma: allowlist secret
    dead, alive = await asyncio.gather(sent(dispatch, good(), good()), sent(dispatch, good(), to=other))
    assert [type(each) for each in dead] == [MetaTokenDead] * 2
    assert isinstance(alive[0], Taken)


async def test_a_throttled_dataset_is_left_alone_as_long_as_it_asked(
    dispatch: Dispatch, meta: httpx.AsyncClient
) -> None:
    await meta.post("/_faults", json={"kind": "throttle", "count": 1, "seconds": 60})
    await sent(dispatch, good())
    (resting,) = await sent(dispatch, good())
    assert isinstance(resting, Resting)
    assert 50 < resting.seconds <= 60
    assert (await calls(meta))["requests"] == 1
    assert isinstance((await sent(dispatch, good(), to=dataset("10")))[0], Taken), "others go on"


async def test_what_nobody_wants_any_more_is_not_sent(dispatch: Dispatch, meta: httpx.AsyncClient) -> None:
    assert [type(each) for each in await sent(dispatch, good(), wanted=False)] == [Dropped]
    assert (await calls(meta))["requests"] == 0


async def test_the_same_event_twice_counts_once(dispatch: Dispatch, meta: httpx.AsyncClient) -> None:
    id_ = str(uuid4())
    for _ in range(2):
        await sent(dispatch, good(id_))
    assert (await calls(meta))["events_accepted"] == 1
    assert (await calls(meta))["duplicates"] == 1
