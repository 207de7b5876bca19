"""Rights that are taken away, and how long whoever had them still gets an answer from any API process."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Final

import httpx

from proof.ground.people import Person, called, join, log_in, made_company
from proof.ground.running import Running
from proof.oracle.processes import children
from vault.accounts.links import Links

KINDS: Final = ("disabled", "lowered", "removed", "session_ended")
POLL_S: Final = 0.05
OVER: Final = {"disabled": 401, "lowered": 403, "removed": 403, "session_ended": 401}


@dataclass(frozen=True, slots=True)
class Victim:
    """kind: of `KINDS`. there: the same person in another session. stopped: the projector stands still meanwhile."""

    kind: str
    company: str
    person: Person
    there: Person
    stopped: bool

    @property
    def path(self) -> str:
        """A real request of theirs, which a manager may make and an sdr may not."""
        return f"/v1/companies/{self.company}/members"


@dataclass(frozen=True, slots=True)
class Took:
    """seconds: from before the right was taken away to the first refusal of the last API process; None: given up on.

    allowed: every API let them in before. bystander: statuses of somebody else of the company meanwhile, but 200.
    """

    victim: Victim
    seconds: float | None
    allowed: bool
    bystander: tuple[int, ...]


async def victims(running: Running, links: Links, kinds: Sequence[str], *, stopped: bool) -> list[Victim]:
    """Managers of a company of their own."""
    company, found = await made_company(running), []
    for kind in kinds:
        person = await join(running, links, company, "manager")
        there = replace(person)
        if kind == "session_ended":
            await log_in(running.http, there)
        found.append(Victim(kind, company, person, there, stopped))
    return found


@asynccontextmanager
async def frozen(running: Running, name: str) -> AsyncIterator[None]:
    """The process of this name stands still (SIGSTOP)."""
    pid = children(running.stack.process.pid)[name]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


async def revoked(
    running: Running, apis: Sequence[httpx.AsyncClient], victim: Victim, bystander: Person, give_up_s: float
) -> Took:
    """Asks every API each 50 ms, all the time."""
    loop = asyncio.get_running_loop()
    before = [await _status(api, victim.path, victim.person) for api in apis]
    began = loop.time()

    async def refused(api: httpx.AsyncClient) -> float | None:
        while (now := loop.time() - began) < give_up_s:
            if await _status(api, victim.path, victim.person) == OVER[victim.kind]:
                return loop.time() - began
            await asyncio.sleep(max(0.0, POLL_S - (loop.time() - began - now)))
        return None

    taking = asyncio.create_task(take(running, victim))
    took = await asyncio.gather(*(refused(api) for api in apis))
    others = [await _status(api, victim.path, bystander) for api in apis]
    (await taking).raise_for_status()
    return Took(
        victim,
        None if None in took else max(each for each in took if each is not None),
        all(status == httpx.codes.OK for status in before),
        tuple(status for status in others if status != httpx.codes.OK),
    )


async def take(running: Running, victim: Victim) -> httpx.Response:
    """Answers after the outcome, or (the projector stands still) after the longest wait for one."""
    user, http = victim.person.user, running.http
    if victim.kind == "disabled":
        return await called(http, "PUT", f"/v1/users/{user}/disabled", json={"reason": "left"})
    if victim.kind == "lowered":
        return await called(http, "PUT", f"{victim.path}/{user}/role", json={"role": "sdr", "before": "manager"})
    if victim.kind == "removed":
        return await called(http, "DELETE", f"{victim.path}/{user}", params={"role": "manager"})
    return await called(http, "DELETE", f"/v1/me/sessions/{victim.person.session}", headers=victim.there.headers)


async def come_back(apis: Sequence[httpx.AsyncClient], took: Sequence[Took]) -> list[str]:
    """Who is let in again although nobody gave the right back."""
    found: list[str] = []
    for each in took:
        statuses = [await _status(api, each.victim.path, each.victim.person) for api in apis]
        if httpx.codes.OK in statuses:
            found.append(f"{each.victim.kind}: {each.victim.person.user} is let in again: {statuses}")
    return found


async def _status(api: httpx.AsyncClient, path: str, person: Person) -> int:
    return (await called(api, "GET", path, headers=person.headers)).status_code
