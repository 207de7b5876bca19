"""M1: who reports to Meta is killed at each point, with a batch under way."""

from __future__ import annotations

import signal
from collections import Counter
from typing import Final

from proof.claim import Claim, Stage
from proof.ground.reporting import Reporting, open_reporting
from proof.ground.world import Ground, until
from proof.harm.reporter_program import POINTS
from proof.harm.reporters import Bug, legion_and_meta, reporter, settled
from proof.tally import EXAMPLES, Tally

TOKEN: Final = "t0ken"  # pragma: allowlist secret
TOGETHER: Final = 3
"""Leads that are to be reported when one dies: a batch."""

KILL_S: Final = 60.0
SETTLE_S: Final = 120.0


async def play(stage: Stage) -> Tally:
    async with legion_and_meta() as legion:
        reporting = await open_reporting(legion, TOKEN)
        points = stage.equally(["after_call"] if stage.control else POINTS)
        for point in points:
            for _ in range(TOGETHER):
                await reporting.qualified()
            await _killed(legion, stage, point)
        return await _counted(reporting, points, await _settled(reporting, stage))


async def _killed(legion: Ground, stage: Stage, point: str) -> None:
    with reporter(legion, stage.folder, point=point, bug=_bug(stage)) as server:

        async def died() -> bool:
            return server.running.poll() is not None

        await until(f"death at {point}", died, KILL_S)
        assert server.running.returncode == -signal.SIGKILL, server.tail()


async def _settled(reporting: Reporting, stage: Stage) -> list[str]:
    with reporter(reporting.ground, stage.folder, bug=_bug(stage)) as server:
        return await settled(reporting, server, SETTLE_S)


def _bug(stage: Stage) -> Bug | None:
    return "renamed" if stage.control else None


async def _counted(reporting: Reporting, points: list[str], unresolved: list[str]) -> Tally:
    """lost: Meta never counted it. doubled: more than once. phantom: the log says accepted, Meta knows nothing."""
    counted, states = await reporting.counted(), await reporting.states()
    lost = [lead for lead in reporting.leads if not counted[lead]]
    doubled = [lead for lead in reporting.leads if counted[lead] > 1]
    phantom = [lead for lead in lost if states.get(lead) == "accepted"]
    facts: Counter[str] = Counter({"conversions": len(reporting.leads)})
    facts.update(f"killed_{point}" for point in points)
    return Tally(
        n=len(points),
        lost=len(lost),
        doubled=len(doubled),
        phantom=len(phantom),
        unresolved=len(unresolved),
        facts=dict(facts),
        examples=tuple(f"lead {lead}: counted {counted[lead]}, {states.get(lead)}" for lead in (*lost, *doubled))[
            :EXAMPLES
        ],
    )


CLAIM = Claim(
    id="M1",
    says=(
        "Who reports to Meta is killed at each point (before and after the attempt is in the log, before, within and"
        " after Meta's call, after the answer is told), with a batch under way: Meta counts each conversion once, none"
        " is missing, and none stays without an end."
    ),
    unit="kills",
    rounds=120,
    leg=60,
    quick=3,
    control_rounds=3,
    bug="Each try has an event id of its own.",
    play=play,
    slow_control=True,
)
