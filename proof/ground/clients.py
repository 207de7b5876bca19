"""Providers that post webhooks and people who give commands, and their own record of what they were told."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

import httpx
import orjson

from cli.demo.client import INSTANCE, until
from cli.demo.seed import CENTURION
from domain.kernel.ids import derived, tenant_journey
from proof.ground.running import BACK_S, Running

LATE_S: Final = 3 * 3600
"""Older than messages that open a turn: what is counted here needs no answers."""

MARK: Final = "PROOF"
"""How provider ids begin that are ours."""

LEADS: Final = 4
PEOPLE: Final = 2
PAUSE_S: Final = 0.06
"""Between two calls of one client, on average."""

GIVES_UP: Final = 0.1
"""Of callers do not try again after a failure: theirs may or may not be there."""

AGAIN: Final = 0.05
"""Of providers send once more what was accepted."""


@dataclass(slots=True)
class Clients:
    """webhooks, commands: whatever was ever sent (a command's id → the name that it gives its Centurion). accepted:
    webhooks that were answered 200. outcomes: commands that were answered 200 or 202 → the events of a 200.
    held: commands that were answered 409, since the company's journey is in quarantine. answers: by status; `cut`: none
    came."""

    running: Running
    rng: random.Random
    http: httpx.AsyncClient
    centurion: str
    webhooks: set[str] = field(default_factory=set)
    accepted: set[str] = field(default_factory=set)
    commands: dict[str, str] = field(default_factory=dict)
    outcomes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)
    answers: Counter[str] = field(default_factory=Counter)
    _enough: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def acknowledged(self) -> int:
        return len(self.accepted) + len(self.outcomes)

    async def hear(self, more: int) -> None:
        """Until so many more were acknowledged."""
        before = self.acknowledged

        async def heard() -> bool:
            return self.acknowledged >= before + more

        await until(f"{more} acknowledgements after {before}: {dict(self.answers)}", heard, BACK_S)

    async def webhook(self, lead: int) -> None:
        """As Evolution does: again and again with the same id."""
        id_ = f"{MARK}{self.rng.getrandbits(96):024X}"
        key = {"remoteJid": f"551190000000{lead}@s.whatsapp.net", "fromMe": False, "id": id_}
        data = {"key": key, "message": {"conversation": "oi"}, "messageTimestamp": int(time.time()) - LATE_S}
        body = orjson.dumps({"event": "messages.upsert", "instance": INSTANCE, "data": data})
        headers = {"x-webhook-secret": self.running.plan.webhook_secret}
        self.webhooks.add(id_)

        async def post() -> bool:
            answer = await self._call("POST", f"/ingress/evolution/{INSTANCE}", content=body, headers=headers)
            if answer is not None and answer.status_code == 200:
                self.accepted.add(id_)
            return id_ in self.accepted

        if await self._insist(post) and self.rng.random() < AGAIN:
            await post()

    async def command(self) -> None:
        """New settings for the Centurion: the same Idempotency-Key with each try."""
        key = f"{self.rng.getrandbits(64):016x}"
        id_, name = derived("http", "bootstrap", f"centurions:{self.centurion}", key), f"Aurora {key}"
        headers = {"X-Tenant-ID": self.running.legion.tenant, "Idempotency-Key": key}
        self.commands[id_] = name

        async def put() -> bool:
            body = {**CENTURION, "model": "sim", "name": name}
            answer = await self._call("PUT", f"/v1/centurions/{self.centurion}", json=body, headers=headers)
            if answer is not None and answer.status_code in {200, 202}:
                said = answer.json()
                assert said["command_id"] == id_
                self.outcomes[id_] = tuple(said.get("events", ()))
            elif answer is not None and answer.status_code == HTTPStatus.CONFLICT:
                assert answer.json()["code"] == "journey_quarantined", answer.text
                self.held.add(id_)
            return id_ in self.outcomes or id_ in self.held

        await self._insist(put)

    async def missing(self) -> int:
        """What was acknowledged and is not readable yet."""
        messages = await self.running.rows("select provider_id from core.messages where direction = 'in'")
        journey = tenant_journey(self.running.legion.tenant)
        decided = await self.running.rows(f"select distinct command_id from core.journal where journey = '{journey}'")
        return len(self.accepted - {id_ for (id_,) in messages}) + len(self.outcomes.keys() - {i for (i,) in decided})

    async def until_enough(self, act: Callable[[], Awaitable[None]]) -> None:
        while not self._enough.is_set():
            await act()
            await asyncio.sleep(self.rng.uniform(0, 2 * PAUSE_S))

    def stop(self) -> None:
        self._enough.set()

    async def _insist(self, call: Callable[[], Awaitable[bool]]) -> bool:
        """Until it is acknowledged; some give up at the first failure."""
        patient = self.rng.random() >= GIVES_UP
        while not await call():
            if not patient:
                return False
            await asyncio.sleep(0.1)
        return True

    async def _call(self, method: str, path: str, **rest: Any) -> httpx.Response | None:
        try:
            answer = await self.http.request(method, path, **rest)
        except httpx.HTTPError:
            self.answers["cut"] += 1
            return None
        self.answers[str(answer.status_code)] += 1
        assert answer.status_code in {200, 202, 409} or answer.is_server_error, f"{path}: {answer.text}"
        return answer


@asynccontextmanager
async def clients_of(running: Running, rng: random.Random) -> AsyncIterator[Clients]:
    """They call all the while; at the end all have come to an end with what they were at."""
    [centurion] = await running.legion.get("/v1/centurions")
    authorization = {"Authorization": running.http.headers["Authorization"]}
    async with httpx.AsyncClient(
        base_url=running.stack.api, headers=authorization, trust_env=False, timeout=20
    ) as http:
        clients = Clients(running, rng, http, centurion["id"])

        def writes(lead: int) -> Callable[[], Awaitable[None]]:
            return lambda: clients.webhook(lead)

        async with asyncio.TaskGroup() as group:
            for lead in range(LEADS):
                group.create_task(clients.until_enough(writes(lead)))
            for _ in range(PEOPLE):
                group.create_task(clients.until_enough(clients.command))
            try:
                yield clients
            finally:
                clients.stop()
