"""What became of accepted bodies and of leads that asked, on a running stack: PostgreSQL's rows and the provider's own
list, beside what the clients noted."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from typing import Final

import psycopg

from cli.demo.client import until
from domain.kernel.errors import Unavailable
from proof.ground.running import LATE_PHONES, Running
from proof.ground.stack import operate
from proof.oracle.timelines import Faults
from vault.provision import DATABASE as VAULT

WINDOW_S: Final = 3.9
"""The demo's Centurion waits four seconds; a hundred milliseconds are the clocks' own."""

_INBOUND: Final = "select provider_id from core.messages where direction = 'in'"
_EVENTS: Final = (
    "select (select count(*) from core.journal where topic = 'MessageReceived'),"
    " (select count(*) from core.messages where direction = 'in')"
)
_TURNS: Final = """
select extract(epoch from closed.at - max(heard.at)) from core.journal closed
join core.journal heard on heard.stream = closed.stream and heard.topic = 'MessageReceived'
    and heard.version < closed.version
where closed.topic = 'TurnClosed' group by closed.stream, closed.version, closed.at
"""
_LATE: Final = (
    "select count(*) from core.journal j join core.conversations c on j.stream = 'conversation-' || c.id"
    f" where j.topic = 'TurnClosed' and c.address like '{LATE_PHONES}%'"
)


async def judge_accepted(running: Running, faults: Faults, stall_s: float) -> int:
    """Everything accepted is there once. Returns how much of the stack has not come to an end."""
    wanted, unresolved = set(running.accepted), 0
    found = await _inbound_at_rest(running, wanted, stall_s)
    if missing := wanted - set(found):
        faults.say("lost", len(missing), f"{len(missing)} accepted bodies, {min(missing)} of them")
    [(events, messages)] = await running.rows(_EVENTS)
    if more := int(str(events)) - int(str(messages)):
        faults.say("doubled", abs(more), f"{events} events for {messages} messages")
    unresolved += await _not_reached("ClickHouse to agree", running.clickhouse_agrees, faults, stall_s)
    verified = await asyncio.to_thread(operate, running.stack, "audit", "verify")
    if verified.returncode:
        faults.say("phantom", 1, f"audit verify: {verified.stdout.decode()[-300:]}{verified.stderr.decode()[-300:]}")
    with psycopg.connect(running.settings.admin_dsn(VAULT)) as conn:
        destroyed = conn.execute("select count(*) from day_key where destroyed_at is not null").fetchone()
    if destroyed and destroyed[0]:
        faults.say("lost", destroyed[0], f"{destroyed[0]} day keys")
    return unresolved


async def _inbound_at_rest(running: Running, wanted: set[str], stall_s: float) -> list[str]:
    """Provider ids in the tables, when all wanted are among them or no more have come for so long: a slow machine
    loses nothing."""
    found, grew_at = list[str](), time.monotonic()
    while not wanted <= set(found) and time.monotonic() < grew_at + stall_s:
        await asyncio.sleep(1)
        with contextlib.suppress(Unavailable):
            fresh = [str(id_) for (id_,) in await running.rows(_INBOUND)]
            grew_at = time.monotonic() if len(fresh) > len(found) else grew_at
            found = fresh
    return found


async def judge_answers(running: Running, phones: list[str], faults: Faults, stall_s: float) -> int:
    """Each lead got an answer or a human, nothing twice, and no turn closed too early by the broker's clock. Who wrote
    late by the true clock got none."""
    waiting: list[str] = []

    async def ended() -> bool:
        waiting[:] = [
            phone for phone in phones if not {"ReplyFinished", "HumanAsked"} & set(await running.topics(phone))
        ]
        return not waiting

    await _not_reached("an end for each lead that asked", ended, faults, stall_s)
    for phone in phones:
        shown, called = Counter(await running.shown(phone)), Counter(await running.topics(phone))
        if twice := sum(number - 1 for number in shown.values()):
            faults.say("doubled", twice, f"shown to {phone}: {shown}")
        if shown.total() < called["ChunkSent"]:
            faults.say("phantom", called["ChunkSent"] - shown.total(), f"{phone} did not see what was sent: {called}")
    [(late,)] = await running.rows(_LATE)
    if late:
        faults.say("phantom", int(str(late)), f"{late} turns of messages that were hours late")
    early = [float(str(seconds)) for (seconds,) in await running.rows(_TURNS) if float(str(seconds)) < WINDOW_S]
    if early:
        faults.say("phantom", len(early), f"turns closed {early[:3]} s after their last message")
    return len(waiting)


async def _not_reached(what: str, condition: object, faults: Faults, stall_s: float) -> int:
    try:
        await until(what, condition, stall_s)  # type: ignore[arg-type]
    except Unavailable as late:
        faults.examples.append(f"unresolved: {late.detail}")
        return 1
    return 0
