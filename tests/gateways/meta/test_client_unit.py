"""The client against a running simulator: every end of a request has its class, and nothing is tried twice."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import orjson
import pytest

from domain.kernel.errors import InvalidInput, OutcomeUnknown, TooLarge
from gateways.errors import NeverSent
from gateways.meta.client import MOST, Accepted, Dataset, MetaClient
from gateways.meta.errors import (
    MetaFailing,
    MetaNotPermitted,
    MetaPayloadRefused,
    MetaRefused,
    MetaRequestRefused,
    MetaThrottled,
    MetaTokenDead,
)
from proof.ground.simulator import simulator
from proof.servers import reserved_port
from tests.gateways.meta.corpus import corpus
from tests.gateways.meta.events import event, purchase, ready
from tests.gateways.meta.server import DATASET, TOKEN, Control


def fresh(name: str = "e-1", **over: Any) -> Any:
    now = int(time.time())
    return ready(event(event_id=name, event_time=now, **over), now)


def too_old(name: str) -> Any:
    """Passed our gate a while ago."""
    return ready(event(event_id=name, event_time=1_700_000_000), 1_700_000_060)


async def test_events_are_counted_and_traced(client: MetaClient, control: Control) -> None:
    said = await client.send(DATASET, [fresh("a"), fresh("b")])
    assert (said.received, said.messages) == (2, ())
    assert said.trace
    assert await control.accepted() == {"a": 1, "b": 1}


async def test_a_test_code_and_money_arrive_as_they_are(client: MetaClient, control: Control) -> None:
    now = int(time.time())
    await client.send(replace(DATASET, test_code="TEST1"), [ready(purchase(12345, event_time=now), now)])
    (row,) = (await control.http.get("/_sim/events")).json()
    assert (row["test_code"], row["event"]["custom_data"]) == ("TEST1", {"value": 123.45, "currency": "BRL"})


@pytest.mark.parametrize(
    ("asked", "error", "accepted"),
    [
        ({"kind": "refuse", "code": 100, "subcode": 2804019, "status": 400}, MetaPayloadRefused, 0),
        ({"kind": "refuse", "code": 190, "subcode": 460, "status": 400}, MetaTokenDead, 0),
        ({"kind": "refuse", "code": 100, "subcode": 33, "status": 400}, MetaNotPermitted, 0),
        ({"kind": "refuse", "code": 200, "status": 403}, MetaNotPermitted, 0),
        ({"kind": "refuse", "code": 2500, "status": 400}, MetaRequestRefused, 0),
        ({"kind": "throttle"}, MetaThrottled, 0),
        ({"kind": "refuse", "code": 2, "status": 500}, MetaFailing, 0),
        ({"kind": "refuse", "code": 100, "status": 400, "transient": True}, MetaFailing, 0),
        ({"kind": "error_after_accept", "status": 503}, MetaFailing, 1),
        ({"kind": "timeout_after_accept"}, OutcomeUnknown, 1),
        ({"kind": "never_accepts"}, OutcomeUnknown, 0),
        ({"kind": "garbage_after_accept"}, OutcomeUnknown, 1),
        ({"kind": "cut_after_accept"}, OutcomeUnknown, 1),
    ],
)
async def test_every_failure_has_its_class_and_once_more_counts_once(
    quick: MetaClient, control: Control, asked: dict[str, Any], error: type[Exception], accepted: int
) -> None:
    await control.fault(**asked)
    with pytest.raises(error) as raised:
        await quick.send(DATASET, [fresh()])
    assert type(raised.value) is error
    assert TOKEN not in str(raised.value)
    calls = await control.calls()
    assert calls["requests"] == 1, "nothing is tried twice"
    assert calls["events_accepted"] >= accepted
    await quick.send(DATASET, [fresh()])
    assert await control.accepted() == {"e-1": 1}, "Meta drops what it knows"


async def test_an_answer_that_comes_too_late_is_no_answer(quick: MetaClient, control: Control) -> None:
    await control.fault(kind="slow", seconds=3)
    with pytest.raises(OutcomeUnknown):
        await quick.send(DATASET, [fresh()])
    await quick.send(DATASET, [fresh()])
    async with asyncio.timeout(5):
        while (await control.calls())["events_received"] < 2:
            await asyncio.sleep(0.05)
    assert await control.accepted() == {"e-1": 1}


async def test_once_more_under_another_id_is_a_second_conversion(quick: MetaClient, control: Control) -> None:
    """The control of the test before: it is the id that makes a repetition safe."""
    await control.fault(kind="timeout_after_accept")
    with pytest.raises(OutcomeUnknown):
        await quick.send(DATASET, [fresh("first")])
    await quick.send(DATASET, [fresh("second")])
    assert (await control.calls())["events_accepted"] == 2


async def test_after_48_hours_meta_has_forgotten(client: MetaClient, control: Control) -> None:
    """Why a queue that stood for two days must not be sent blindly again."""
    await client.send(DATASET, [fresh()])
    await control.http.put("/_sim/clock", json={"ahead_s": 48 * 3600 + 60})
    await client.send(DATASET, [fresh()])
    assert await control.accepted() == {"e-1": 2}


async def test_a_dead_token_says_what_to_do_and_can_be_revived(client: MetaClient, control: Control) -> None:
    await control.token(alive=False, subcode=463)
    with pytest.raises(MetaTokenDead) as raised:
        await client.send(DATASET, [fresh()])
    assert (raised.value.cause.code, raised.value.said.subcode) == ("token_expired", 463)
    assert "new token" in raised.value.cause.do
    await control.token(alive=True)
    await client.send(DATASET, [fresh()])


async def test_a_closed_dataset_is_not_permitted(client: MetaClient, control: Control) -> None:
    await control.dataset(open_=False)
    with pytest.raises(MetaNotPermitted):
        await client.send(DATASET, [fresh()])
    for other in ("none", "8/../7", "8?x", "8/events#"):
        with pytest.raises(MetaRefused):
            await client.send(replace(DATASET, id=other), [fresh()])
    assert await control.accepted() == {}


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [({}, None), ({"seconds": 7}, 7.0), ({"code": 80004, "status": 400, "minutes": 3}, 180.0)],
)
async def test_a_throttle_tells_how_long_to_wait(
    client: MetaClient, control: Control, asked: dict[str, Any], seconds: float | None
) -> None:
    await control.fault(kind="throttle", **asked)
    with pytest.raises(MetaThrottled) as raised:
        await client.send(DATASET, [fresh()])
    assert raised.value.retry_after_s == seconds


async def test_one_bad_event_refuses_all_and_has_a_cause(client: MetaClient, control: Control) -> None:
    with pytest.raises(MetaPayloadRefused) as raised:
        await client.send(DATASET, [fresh("good"), too_old("bad")])
    assert raised.value.cause.code == "event_too_old"
    assert raised.value.said.trace
    assert await control.accepted() == {}


async def test_no_connection_means_never_sent() -> None:
    with reserved_port() as port:
        async with MetaClient(f"http://127.0.0.1:{port}") as away:
            with pytest.raises(NeverSent):
                await away.send(DATASET, [fresh()])


async def test_an_empty_or_too_large_request_is_not_made(client: MetaClient, control: Control) -> None:
    with pytest.raises(InvalidInput):
        await client.send(DATASET, [])
    with pytest.raises(TooLarge):
        await client.send(DATASET, [fresh()] * (MOST + 1))
    assert (await control.calls())["requests"] == 0


async def test_the_apps_secret_is_proven_not_sent() -> None:
    env = {"LEGION_SIM_META_TOKEN": TOKEN, "LEGION_SIM_META_APP_SECRET": "s3cret"}
    with simulator("simulators.meta", env=env, ready="/_sim/calls") as url:
        async with MetaClient(url) as client:
            with pytest.raises(MetaNotPermitted):
                await client.send(DATASET, [fresh()])
            proven = Dataset(id="7", token=TOKEN, app_secret="s3cret")  # pragma: allowlist secret
            assert (await client.send(proven, [fresh()])).received == 1
            assert "s3cret" not in repr(proven)
            assert TOKEN not in repr(proven)


@asynccontextmanager
async def answering(body: bytes) -> AsyncIterator[MetaClient]:
    """A server that says these bytes with HTTP 200 to every request."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        async with MetaClient(f"http://127.0.0.1:{port}") as client:
            yield client


@pytest.mark.parametrize("body", [b"", b"ok", b"[]", b"{}", b'{"events_received":1}', b'{"events_received":3}'])
async def test_a_success_that_counts_otherwise_is_no_answer(body: bytes) -> None:
    async with answering(body) as client:
        with pytest.raises(OutcomeUnknown):
            await client.send(DATASET, [fresh("a"), fresh("b")])


async def test_the_recorded_success() -> None:
    async with answering(orjson.dumps(corpus("res_success"))) as client:
        said = await client.send(DATASET, [fresh("a"), fresh("b")])
    assert said == Accepted(2, ("1", "2"), "traceid1")
