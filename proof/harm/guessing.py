"""Who guesses passwords: from many addresses, at many accounts, as fast as they are let."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Address
from typing import Final

import httpx
import psycopg

from proof.ground.running import Running
from vault.accounts.throttle import WAITS
from vault.provision import DATABASE

HOUR_S: Final = 3600
WRONG: Final = "wrong password wrong"  # pragma: allowlist secret
AT_ONCE: Final = 60
"""Tries of a burst: more than an account gets in an hour."""

FIRST_ADDRESS: Final = int(IPv4Address("127.1.0.1"))
"""All of 127/8 is this machine: a client of a hundred addresses needs no network."""


@dataclass(frozen=True, slots=True)
class Answered:
    """seconds: of the call. looked: a password was looked at; else wait: seconds until it would be."""

    status: int
    told: tuple[int, str, tuple[str, ...]]
    looked: bool
    wait: int
    seconds: float


def addresses() -> Iterator[str]:
    """A new one each time."""
    return (str(IPv4Address(FIRST_ADDRESS + n)) for n in itertools.count())


async def tries(running: Running, email: str, address: str, password: str = WRONG) -> Answered:
    """One login from the address."""
    return await _asked(running, address, "/v1/auth/login", {"email": email, "password": password})


async def forgets(running: Running, email: str, address: str) -> Answered:
    """One asking for a mail with which to choose a new password."""
    return await _asked(running, address, "/v1/auth/password/forgotten", {"email": email})


async def _asked(running: Running, address: str, path: str, body: dict[str, str]) -> Answered:
    """The limit of requests, which counts other things, is waited for."""
    transport = httpx.AsyncHTTPTransport(local_address=address)
    async with httpx.AsyncClient(
        transport=transport, base_url=running.http.base_url, timeout=60, trust_env=False
    ) as http:
        await http.get("/health/live")  # the connection's making is not the answer's time
        while True:
            began = time.perf_counter()
            answer = await http.post(path, json=body)
            seconds = time.perf_counter() - began
            throttled = answer.status_code == httpx.codes.TOO_MANY_REQUESTS
            wait = int(answer.headers.get("retry-after", 0)) if throttled else 0
            if throttled and answer.json()["code"] != "login_throttled":
                await asyncio.sleep(wait)
                continue
            headers = tuple(sorted(answer.headers.keys()))
            return Answered(
                answer.status_code, (answer.status_code, answer.text, headers), not throttled, wait, seconds
            )


async def let_pass(running: Running, seconds: int) -> None:
    """Every count is so much older, as if the time had gone by."""
    async with await psycopg.AsyncConnection.connect(running.settings.admin_dsn(DATABASE), autocommit=True) as conn:
        await conn.execute(
            "update login_attempt set last_at = last_at - %(by)s, locked_until = locked_until - %(by)s",
            {"by": timedelta(seconds=seconds)},
        )


async def forget_all(running: Running) -> None:
    async with await psycopg.AsyncConnection.connect(running.settings.admin_dsn(DATABASE), autocommit=True) as conn:
        await conn.execute("delete from login_attempt")


async def last_mail(running: Running) -> bytes | None:
    """What the newest link to choose a password stands under; None while a mail waits to be sent, and without any."""
    query = "select (select hash from one_time_token order by made_at desc limit 1) where not exists (select from mail)"
    async with await psycopg.AsyncConnection.connect(running.settings.admin_dsn(DATABASE), autocommit=True) as conn:
        row = await (await conn.execute(query)).fetchone()
    return row[0] if row else None


def allowed(kind: str, within_s: int = HOUR_S) -> int:
    """Tries that the documented waits let somebody have in that time, who never wastes a second."""
    now, count, waits = 0, 0, WAITS[kind]
    while now < within_s:
        now += waits[min(count, len(waits) - 1)]
        count += 1
    return count


async def for_an_hour(running: Running, who: Callable[[], tuple[str, str]], limit: int) -> int:
    """Passwords that were looked at in an hour; gives up beyond `limit`. who: the next account and address."""
    began, looked = time.monotonic(), 0
    while time.monotonic() - began < HOUR_S and looked <= limit:
        answered = await tries(running, *who())
        looked += answered.looked
        if answered.wait:
            await let_pass(running, answered.wait)
            began -= answered.wait
    return looked


async def at_once(running: Running, email: str, sources: Sequence[str]) -> int:
    """How many of them were looked at."""
    answered = await asyncio.gather(*(tries(running, email, source) for source in sources))
    return sum(each.looked for each in answered)
