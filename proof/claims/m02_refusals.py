"""M2: of ten thousand conversions one in a hundred is refused, and their token dies and is replaced."""

from __future__ import annotations

import asyncio
import statistics
from collections import Counter
from collections.abc import Sequence
from typing import Final

from proof.claim import Claim, Stage
from proof.ground.reporting import Report, Reporting, open_reporting
from proof.ground.world import until
from proof.harm.reporters import Bug, legion_and_meta, reporter, settled
from proof.tally import EXAMPLES, Tally

TOKENS: Final = ("t0ken", "t1ken")  # pragma: allowlist secret
ONE_IN: Final = 100
"""Leads by whom Meta finds nobody."""

WITHOUT: Final = 5
"""One part of so many is to be reported while the token is dead."""

AT_ONCE: Final = 64
"""Leads that are made side by side: more would only wait for the writer."""

HELD_S: Final = 60.0
SETTLE_S: Final = 600.0


async def play(stage: Stage) -> Tally:
    bug: Bug | None = "blamed" if stage.control else None
    async with legion_and_meta() as legion:
        reporting = await open_reporting(legion, TOKENS[0])
        dead = stage.rounds // WITHOUT
        with reporter(legion, stage.folder, bug=bug) as server:
            strangers = await _qualified(reporting, stage, stage.rounds - dead)
            await settled(reporting, server, SETTLE_S)
            seconds = [report.seconds for report in await reporting.reports() if report.seconds is not None]
            await _token(reporting, alive=False)
            strangers |= await _qualified(reporting, stage, dead)
            await until("the first that the dead token held", lambda: _stopped(reporting), HELD_S)
            await reporting.token(TOKENS[1])
            unresolved = await settled(reporting, server, stage.patience(SETTLE_S))
        return await _counted(reporting, strangers, unresolved, seconds)


async def _qualified(reporting: Reporting, stage: Stage, count: int) -> set[str]:
    """So many leads more; those of them by whom Meta finds nobody."""
    room = asyncio.Semaphore(AT_ONCE)
    chosen = set(stage.rng(f"strangers {count}").sample(range(count), max(1, count // ONE_IN)))

    async def one(place: int) -> str | None:
        async with room:
            return await reporting.qualified(stranger=place in chosen)

    leads = await asyncio.gather(*map(one, range(count)))
    return {lead for place, lead in enumerate(leads) if place in chosen and lead}


async def _token(reporting: Reporting, *, alive: bool) -> None:
    asked = {"token": TOKENS[0], "alive": alive, "subcode": 463}
    ground = reporting.ground
    (await ground.http.put(f"{ground.places.meta}/_sim/tokens", json=asked)).raise_for_status()


async def _stopped(reporting: Reporting) -> bool:
    """All that is to be reported is held, or (with the bug) was given up."""
    states = Counter((await reporting.states()).values())
    return sum(states.values()) == len(reporting.leads) and not states["due"] + states["attempted"]


async def _counted(reporting: Reporting, strangers: set[str], unresolved: list[str], seconds: Sequence[float]) -> Tally:
    """lost: Meta never counted it. doubled: more than once. phantom: what the log says of it is not so, or a refusal
    without a cause and Meta's trace."""
    counted = await reporting.counted()
    reports = {report.lead: report for report in await reporting.reports()}
    good = [lead for lead in reporting.leads if lead not in strangers]
    lost = [lead for lead in good if not counted[lead]]
    doubled = [lead for lead in reporting.leads if counted[lead] > 1]
    wrong = [lead for lead in reporting.leads if not _told(reports.get(lead), counted[lead], lead in strangers)]
    states = Counter(report.state for report in reports.values())
    return Tally(
        n=len(reporting.leads),
        lost=len(lost),
        doubled=len(doubled),
        phantom=len(wrong),
        unresolved=len(unresolved),
        facts={**states, **_percentiles(seconds), "requests_to_meta": await reporting.requests()},
        examples=tuple(f"lead {lead}: counted {counted[lead]}, {reports.get(lead)}" for lead in wrong[:EXAMPLES]),
    )


def _told(report: Report | None, counted: int, stranger: bool) -> bool:
    """Whether the log says what Meta did."""
    if report is None:
        return False
    if stranger:
        return report.state == "refused" and report.cause == "user_too_broad" and bool(report.trace) and not counted
    return report.state == "accepted" and counted == 1


def _percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """From what happened to Meta's answer, while the token lived."""
    cuts = statistics.quantiles(seconds, n=20)
    return {"p50_s": round(cuts[9], 1), "p95_s": round(cuts[18], 1)}


CLAIM = Claim(
    id="M2",
    says=(
        "Ten thousand conversions are to be reported as fast as the writer takes them; Meta finds nobody by one in a"
        " hundred of them, and for a fifth of them the token is dead until somebody sets another one: every other one"
        " counts once, each that is refused has its cause and Meta's trace, and none is without an end."
    ),
    unit="conversions",
    rounds=10_000,
    leg=10_000,
    quick=200,
    control_rounds=200,
    bug="A dead token is taken for the fault of the events that were sent with it.",
    play=play,
    slow_control=True,
)
