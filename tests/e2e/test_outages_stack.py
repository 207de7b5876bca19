"""Kafka, PostgreSQL and ClickHouse are killed under a running stack while leads write: what was answered 200 is an
event exactly once, and everything catches up by itself."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import orjson
import psycopg
import pytest

from cli.demo.client import INSTANCE, Legion, until
from cli.demo.seed import Provider, seed
from cli.settings import PREFIX, Settings
from cli.stack.plan import Plan, make_plan
from cli.stack.secrets import load_secrets
from domain.kernel.errors import Unavailable
from projections.names import Role, database_name
from projections.pool import unavailable_when_away
from proof.ground.stack import Stack, legion, operate
from proof.servers import data_folder
from tests.e2e.test_demo_stack import wait_ready

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.timeout(900)]

BACK_S = 120.0
LATE_S = 3 * 3600
"""Older than messages that open a turn: what is counted here needs no answers."""

LEADS = 4
MORE = 40
"""Bodies accepted after the kill: then it is over."""


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with data_folder("outages") as folder, legion(folder, "up") as running:
        wait_ready(running)
        yield running


@dataclass(slots=True)
class Running:
    """The stack, its company, and hands on it."""

    stack: Stack
    plan: Plan
    settings: Settings
    http: httpx.AsyncClient
    generation: int = 1
    statuses: Counter[int] = field(default_factory=Counter)
    accepted: list[str] = field(default_factory=list)

    def kill(self, name: str) -> None:
        """The server dies as by a power cut; the supervisor starts it again."""
        pid = self.stack.process.pid
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            if name in Path(f"/proc/{child}/cmdline").read_text():
                os.kill(int(child), signal.SIGKILL)
                return
        raise AssertionError(f"no {name} among the supervisor's children")

    async def posts(self, lead: int, text: str) -> None:
        """As Evolution does: again and again until it is accepted."""
        id_ = uuid4().hex
        key = {"remoteJid": f"551190000000{lead}@s.whatsapp.net", "fromMe": False, "id": id_}
        sent_at = int(time.time()) - LATE_S
        data = {"key": key, "message": {"conversation": text}, "messageTimestamp": sent_at}
        body = orjson.dumps({"event": "messages.upsert", "instance": INSTANCE, "data": data})
        headers = {"x-webhook-secret": self.plan.webhook_secret}
        while True:
            answer = await self.http.post(f"/ingress/evolution/{INSTANCE}", content=body, headers=headers)
            self.statuses[answer.status_code] += 1
            if answer.status_code == 200:
                self.accepted.append(id_)
                return
            assert answer.status_code == 503, answer.text
            await asyncio.sleep(0.2)

    async def rows(self, query: str) -> list[tuple[object, ...]]:
        dsn = self.settings.dsn(Role.RUNNER, database_name(self.generation))
        with unavailable_when_away():
            async with await psycopg.AsyncConnection.connect(dsn) as conn:
                return list(await (await conn.execute(query.encode())).fetchall())

    async def asks(self) -> str:
        """A new lead writes to the simulated WhatsApp; their phone."""
        phone = f"55118{uuid4().int % 10**8:08d}"
        async with httpx.AsyncClient(base_url=self.plan.urls["evolution"], trust_env=False) as simulator:
            body = {"instance": INSTANCE, "phone": phone, "text": "oi"}
            (await simulator.post("/_sim/lead", json=body)).raise_for_status()
        return phone

    async def shown(self, phone: str) -> list[str]:
        async with httpx.AsyncClient(base_url=self.plan.urls["evolution"], trust_env=False) as simulator:
            query = {"instance": INSTANCE, "phone": phone}
            return [each["text"] for each in (await simulator.get("/_sim/sent", params=query)).json()]

    async def topics(self, phone: str) -> list[str]:
        """Of the conversation's events, in order."""
        found = await self.rows(
            "select j.topic from core.journal j join core.conversations c on j.stream = 'conversation-' || c.id"
            f" where c.address like '{phone}%' and j.version is not null order by j.version"
        )
        return [str(topic) for (topic,) in found]

    async def answers(self) -> None:
        """A new lead is answered: writer, projector and streams are at work."""
        phone = await self.asks()

        async def shown() -> bool:
            return bool(await self.shown(phone))

        await until("an answer", shown, BACK_S)

    async def clickhouse_agrees(self) -> bool:
        [(journal,)] = await self.rows("select count(*) from core.journal")
        auth = ("legion", self.plan.env["LEGION_CLICKHOUSE_PASSWORD"])
        async with httpx.AsyncClient(trust_env=False, auth=auth) as http:
            query = {"query": "select count() from legion.events"}
            return int((await http.get(self.plan.urls["clickhouse"], params=query)).raise_for_status().text) == journal


@pytest.fixture(scope="module")
async def running(stack: Stack) -> AsyncIterator[Running]:
    names = ("api", "evolution", "openai", "kafka", "kafka_controller", "postgres", "clickhouse")
    ports = {name: stack.base + place for place, name in enumerate(names)}
    plan = make_plan(stack.data.resolve(), ports, load_secrets(stack.data))
    values: dict[str, Any] = {name.removeprefix(PREFIX).lower(): value for name, value in plan.env.items() if value}
    settings = Settings(_env_file=None, **values)
    async with httpx.AsyncClient(base_url=stack.api, trust_env=False, timeout=60) as http:
        token = await asyncio.to_thread(plan.token_file.read_text)
        http.headers["Authorization"] = f"Bearer {token.strip()}"
        provider = Provider(
            url=plan.env["LEGION_EVOLUTION_URL"],
            api_key=plan.env["LEGION_EVOLUTION_API_KEY"],
            webhook_secret=plan.webhook_secret,
        )
        await seed(Legion(http), provider, model="sim")
        yield Running(stack, plan, settings, http)


@asynccontextmanager
async def leads_write(running: Running) -> AsyncIterator[None]:
    """All the while."""

    async def writes(lead: int) -> None:
        number = 0
        while not enough.is_set():
            number += 1
            await running.posts(lead, f"{number}")
            await asyncio.sleep(0.1)

    enough = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for lead in range(LEADS):
            group.create_task(writes(lead))
        try:
            yield
        finally:
            enough.set()


@pytest.mark.parametrize("server", ["kafka.Kafka", "postgres", "embedded.clickhouse"])
async def test_what_was_accepted_is_there_once_and_all_catch_up_by_themselves(running: Running, server: str) -> None:
    running.accepted.clear()
    running.statuses.clear()
    async with leads_write(running):

        async def some() -> bool:
            return len(running.accepted) >= 10

        await until("messages", some, BACK_S)
        running.kill(server)
        killed_at = len(running.accepted)

        async def more() -> bool:
            return len(running.accepted) >= killed_at + MORE

        await until("messages again", more, BACK_S)
    if server == "kafka.Kafka":
        assert running.statuses[503] > 0  # the control: it was away

    async def all_there() -> bool:
        found = await running.rows("select provider_id from core.messages where direction = 'in'")
        return set(running.accepted) <= {id_ for (id_,) in found}

    try:
        await until("every accepted message", all_there, BACK_S)
        await running.answers()
        await until("ClickHouse to agree", running.clickhouse_agrees, BACK_S)
    except Unavailable as late:
        raise AssertionError(f"{late.detail}\n{running.stack.tail()}") from late
    [(events, messages)] = await running.rows(
        "select (select count(*) from core.journal where topic = 'MessageReceived'),"
        " (select count(*) from core.messages where direction = 'in')"
    )
    assert events == messages
    assert len(running.accepted) == len(set(running.accepted))


@pytest.mark.parametrize("service", ["simulators.evolution", "simulators.openai"])
async def test_a_provider_that_dies_while_an_answer_is_made_is_met_again(running: Running, service: str) -> None:
    """Each message is shown once; or a call was under way, and a human is asked."""
    phone = await running.asks()

    async def made() -> bool:
        return "TurnClosed" in await running.topics(phone)

    await until("the turn's close", made, BACK_S)
    running.kill(service)

    async def ended() -> bool:
        return bool({"ReplyFinished", "HumanAsked"} & set(await running.topics(phone)))

    try:
        await until("an end", ended, BACK_S)
    except Unavailable as late:
        raise AssertionError(f"{late.detail}\n{running.stack.tail()}") from late
    shown = await running.shown(phone)
    assert len(shown) == len(set(shown))
    assert shown or "ChunkOutcomeUnknown" in await running.topics(phone)


async def test_a_rebuild_shown_in_the_middle_of_answers_sends_nothing_twice(running: Running) -> None:
    answered = await running.asks()

    async def finished(*phones: str) -> bool:
        return all(["ReplyFinished" in await running.topics(phone) for phone in phones])

    await until("an answer", lambda: finished(answered), BACK_S)
    before = await running.shown(answered)
    waiting = [await running.asks() for _ in range(LEADS)]
    rebuilt = await asyncio.to_thread(operate, running.stack, "rebuild", "--json")
    assert rebuilt.returncode == 0, rebuilt.stderr
    report = orjson.loads(rebuilt.stdout)
    assert (report["equal"], report["shown"]) == (True, True)
    running.generation = report["generation"]
    try:
        await until("all answers", lambda: finished(*waiting), BACK_S)
    except Unavailable as late:
        raise AssertionError(f"{late.detail}\n{running.stack.tail()}") from late
    assert await running.shown(answered) == before
    for phone in waiting:
        shown, sent = await running.shown(phone), (await running.topics(phone)).count("ChunkSent")
        assert len(shown) == len(set(shown)) == sent > 0
