"""R17: whoever has a part in making a company is killed at each step of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Final

import orjson

from domain.kernel.ids import derived
from proof.claim import Claim, Stage
from proof.ground.patience import patient_stack, settled
from proof.ground.running import BACK_S, Running
from proof.ground.stack import operate
from proof.harm.on_the_way import light
from proof.harm.provisioning import POINTS, SERVICES
from proof.oracle.companies import companies_tally, said, unprovisioned
from proof.oracle.killed import killed_tally
from proof.tally import Tally, total

FUSES: Final = "proof.harm.provisioning"
BUG: Final = "proof.bugs.confirms_first"
REBUILD_S: Final = 400.0


async def play(stage: Stage) -> Tally:
    """Each point equally often, in an order of its own; companies do not wait for each other. Then a rebuild."""
    points = stage.equally(["after confirm"] if stage.control else POINTS)
    planted = dict.fromkeys(SERVICES, FUSES) | ({"streams": BUG} if stage.control else {})
    async with patient_stack(stage.folder, planted) as running:
        created, died = list[str](), list[str]()
        for number, point in enumerate(points):
            created.append(await _killed(running, f"{stage.seed}/{number}", point, died))
        left = await settled(lambda: unprovisioned(running), stage.patience(BACK_S))
        tallies = [await companies_tally(running, created)]
        if not stage.control:
            tallies.append(await _rebuilt(running, created))
        return total([killed_tally(points, died), _unconfirmed(left), *tallies])


async def _killed(running: Running, key: str, point: str, died: list[str]) -> str:
    """The company's id; the kill has happened, the company need not be whole."""
    fuse = light(running.stack.data, point)
    creating = asyncio.create_task(_create(running, key))
    if await fuse.burnt():
        if point.startswith("postgres"):
            await running.kill("bin/postgres")
        died.append(point)
    return await creating


async def _create(running: Running, key: str) -> str:
    body = {"slug": f"s{derived('slug', key).replace('-', '')[:16]}", "name": "Acme"}
    return str((await running.insists("/v1/companies", body, key))["company"])


async def _rebuilt(running: Running, created: list[str]) -> Tally:
    """The same schemas, and nothing is confirmed twice."""
    before = await said(running)
    done = await asyncio.to_thread(operate, running.stack, "rebuild", "--json", timeout_s=REBUILD_S)
    assert done.stdout, done.stderr.decode()
    report = orjson.loads(done.stdout)
    running.generation = report["generation"]
    left = await settled(lambda: unprovisioned(running))
    await running.answers()  # everything is at work on it
    after = await said(running)
    more = sum((after - before).values())
    faults = [f"the rebuild differs in {report['differing']}"] if not report["equal"] else []
    counted = Tally(0, phantom=len(faults), doubled=more, unresolved=left, examples=tuple(faults))
    return total([counted, replace(await companies_tally(running, created), facts={})])


def _unconfirmed(left: int) -> Tally:
    return Tally(0, unresolved=left, examples=(f"{left} unconfirmed",) if left else ())


CLAIM = Claim(
    id="R17",
    says=(
        "Companies are created while the API, the writer, the projector, the effect runner and PostgreSQL are killed at"
        " each step from the command to the confirmation (before and after each command and commit, with the positions"
        " locked, before, within and after the schema is made): every company has its one event, its one confirmation"
        " and a schema that is byte for byte what the code makes; a rebuild has the same schemas and confirms nothing"
        " twice."
    ),
    unit="kills",
    rounds=72,
    leg=72,
    quick=4,
    control_rounds=3,
    bug="The runner confirms a company's schema before it makes it.",
    play=play,
    slow_control=True,
)
