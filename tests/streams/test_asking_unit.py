"""A model that is asked for a form: tried again when its answer cannot be read, and all answers are paid for."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import httpx
import pytest

from domain.kernel.errors import LegionError, Misconfigured
from gateways.breaker import CircuitOpen
from gateways.chat.client import ChatClient
from gateways.chat.prices import Price
from gateways.errors import ChatRefused, ChatTimeout, ChatUnreadable
from proof.ground.simulator import simulator
from streams import briefing
from streams.effects import ai
from streams.effects.ai import Asker, Wish, usage_of
from streams.effects.unanswered import PATIENCE, unanswered
from streams.runner.core import Again, Hopeless

WISH = Wish((("user", "[1] lead: I need a roof"),), "m", 0.0, 100, briefing.SCHEMA)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with simulator("simulators.openai", "--token-seconds", "0", ready="/v1/models") as url:
        yield url


@pytest.fixture
async def control(server: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server, trust_env=False) as client:
        await client.delete("/_faults")
        await client.delete("/_calls")
        yield client


@pytest.fixture
async def asker(server: str, control: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Asker]:
    monkeypatch.setattr(ai, "FIRST", timedelta(milliseconds=1))
    async with ChatClient(f"{server}/v1", "any", silence_s=5.0) as chat:
        yield Asker(chat, "m")


async def calls(control: httpx.AsyncClient) -> int:
    return len((await control.get("/_calls")).json())


async def fault(control: httpx.AsyncClient, kind: str, count: int) -> None:
    (await control.post("/_faults", json={"kind": kind, "count": count})).raise_for_status()


async def test_what_cannot_be_read_is_asked_again_and_paid_for(asker: Asker, control: httpx.AsyncClient) -> None:
    await fault(control, "garbled", 2)
    answered = await asker.read(WISH, json.loads)
    assert answered.value["needs"] == [{"text": "I need a roof", "messages": [1]}]
    assert len(answered.paid) == await calls(control) == 3
    usage = usage_of(answered.paid, "m", {"m": Price(1_000_000, 2_000_000)})
    assert usage.prompt_tokens == 3 * answered.paid[0].prompt_tokens
    assert usage.completion_tokens == sum(each.completion_tokens for each in answered.paid)
    assert usage.cost_micros == usage.prompt_tokens + 2 * usage.completion_tokens


async def test_three_answers_that_cannot_be_read_are_the_end(asker: Asker, control: httpx.AsyncClient) -> None:
    await fault(control, "garbled", 3)
    with pytest.raises(ChatUnreadable):
        await asker.read(WISH, json.loads)
    assert await calls(control) == 3
    assert (await asker.read(WISH, json.loads)).value, "the fault was the reason"


async def test_an_answer_that_broke_off_is_not_read(asker: Asker, control: httpx.AsyncClient) -> None:
    with pytest.raises(ChatUnreadable):
        await asker.read(Wish(WISH.messages, "m", 0.0, 1, briefing.SCHEMA), str)
    assert await calls(control) == 3


async def test_a_refusal_is_not_asked_again(asker: Asker, control: httpx.AsyncClient) -> None:
    await fault(control, "refusal", 1)
    with pytest.raises(ChatRefused):
        await asker.read(WISH, json.loads)
    assert await calls(control) == 1


@pytest.mark.parametrize(
    ("error", "waited", "ended"),
    [
        (ChatTimeout(), timedelta(0), Again),
        (CircuitOpen(1.0), timedelta(0), Again),
        (ChatTimeout(), PATIENCE, Hopeless),
        (ChatUnreadable(), timedelta(0), Hopeless),
        (ChatRefused(), timedelta(0), Hopeless),
        (Misconfigured("x"), timedelta(0), Hopeless),
    ],
)
def test_what_passes_is_waited_for_and_what_does_not_ends(error: LegionError, waited: timedelta, ended: type) -> None:
    assert isinstance(unanswered(error, waited), ended)
