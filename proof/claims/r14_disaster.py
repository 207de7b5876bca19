"""R14: all that can be made again is deleted, and made again."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Mapping
from typing import Any, Final

import orjson

from projections.names import database_name
from proof.claim import Claim, Stage
from proof.ground.clients import clients_of
from proof.ground.patience import patient_stack, settled
from proof.ground.running import BACK_S, Running
from proof.ground.stack import operate
from proof.oracle.leads import answers_tally, without_end
from proof.oracle.tables import Digest, differing, digests
from proof.tally import Tally, total

LEADS: Final = 3
"""New ones of each round: they ask, and are answered before the disaster."""

BEFORE: Final = 60
"""Acknowledgements before each disaster."""

DRILL_S: Final = 400.0

REST_S: Final = 5.0
"""Without an event: nothing is under way any more."""

JOURNAL: Final = "journal"
"""Has a row for every record: where it did not grow, the log did not either."""


async def play(stage: Stage) -> Tally:
    rng, phones, tallies = stage.rng("rounds"), list[str](), list[Tally]()
    async with patient_stack(stage.folder) as running:
        for number in range(1, stage.rounds + 1):
            phones += await _life(running, rng)
            tables, shown = await digests(_dsn(running)), await _shown(running, phones)
            report = await _drill(running, control=stage.control)
            running.generation = report["generation"]
            tallies.append(_counted(number, report, tables, await digests(_dsn(running))))
            tallies.append(_sent(shown, await _shown(running, phones)))
            if not await _until_clickhouse_agrees(running):
                tallies.append(Tally(0, phantom=1, examples=(f"disaster {number}: ClickHouse has not the log's rows",)))
        await running.answers()  # everything is at work again
        return total([*tallies, await answers_tally(running, phones)])


async def _life(running: Running, rng: random.Random) -> list[str]:
    """Webhooks, commands, and leads who are answered; then rest. Their phones."""
    phones = [await running.asks() for _ in range(LEADS)]
    async with clients_of(running, rng) as clients:
        await clients.hear(BEFORE)
    assert await settled(clients.missing) == 0
    assert await settled(lambda: without_end(running, phones)) == 0
    await _rest(running)
    return phones


async def _rest(running: Running) -> None:
    """Receipts come after the answers: until nothing has come for a while."""
    last, since = await running.positions(), time.monotonic()
    async with asyncio.timeout(BACK_S):
        while time.monotonic() - since < REST_S:
            await asyncio.sleep(0.5)
            now = await running.positions()
            if now != last:
                last, since = now, time.monotonic()


async def _drill(running: Running, *, control: bool) -> dict[str, Any]:
    """As an operator in a second terminal."""
    arguments = ["disaster-drill", "--yes", "--json", *(["--control"] if control else [])]
    done = await asyncio.to_thread(operate, running.stack, *arguments, timeout_s=DRILL_S)
    assert done.stdout, done.stderr.decode()
    report: dict[str, Any] = orjson.loads(done.stdout)
    return report


def _counted(
    number: int, report: Mapping[str, Any], before: Mapping[str, Digest], after: Mapping[str, Digest]
) -> Tally:
    """phantom: tables that are not byte for byte what they were, by our own digests and by the drill's own word.
    doubled: what the drill says was sent. Our digests say nothing when the log went on meanwhile: fact `at_rest`."""
    at_rest = before[JOURNAL].rows == after[JOURNAL].rows
    tables = sorted({*(differing(before, after) if at_rest else ()), *report["differing"]})
    return Tally(
        1,
        phantom=len(tables),
        doubled=report["sent_during"] + report["sent_again"],
        facts={
            "rows_deleted": float(sum(digest.rows for digest in before.values())),
            "records": float(report["records"]),
            "at_rest": float(at_rest),
        },
        examples=tuple(f"disaster {number}: {table} differs" for table in tables),
    )


def _sent(before: Mapping[str, list[str]], after: Mapping[str, list[str]]) -> Tally:
    """doubled: messages that the provider showed since, to leads whose questions had their end."""
    more = {phone: len(after[phone]) - len(before[phone]) for phone in before}
    return Tally(
        0,
        doubled=sum(more.values()),
        facts={"messages_shown_before": float(sum(map(len, before.values())))},
        examples=tuple(f"lead {phone} was sent {count} more" for phone, count in more.items() if count),
    )


async def _shown(running: Running, phones: list[str]) -> dict[str, list[str]]:
    return {phone: await running.shown(phone) for phone in phones}


async def _until_clickhouse_agrees(running: Running) -> bool:
    async def differs() -> int:
        return 0 if await running.clickhouse_agrees() else 1

    return await settled(differs, BACK_S) == 0


def _dsn(running: Running) -> str:
    return running.settings.admin_dsn(database_name(running.generation))


CLAIM = Claim(
    id="R14",
    says=(
        "`legion disaster-drill` deletes the read databases and ClickHouse under the running processes and makes them"
        " again from log and vault: every table is byte for byte what it was, ClickHouse has exactly the log's rows, no"
        " lead is sent anything again, and everything works on."
    ),
    unit="disasters",
    rounds=3,
    leg=3,
    quick=1,
    control_rounds=1,
    bug="The drill leaves an event out of the rebuilt journal, and counts a fact of the analytics twice.",
    play=play,
    slow_control=True,
)
