"""Whether every handoff that was acknowledged is there once, and lead and deal say the same: by journal and tables."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from domain.deal.events import DealOpened, DealWithdrawn
from domain.kernel.errors import Unavailable
from domain.lead.events import HandoffUndone, LeadHandedOff
from proof.ground.running import Running
from proof.tally import Tally

PAIRS: Final = {LeadHandedOff.TOPIC: DealOpened.TOPIC, HandoffUndone.TOPIC: DealWithdrawn.TOPIC}
"""What the lead's stream says → what the deal's says in the same commit."""

SAID: Final = (
    "select journey, command_id, topic from core.journal where topic in ('{}') and applied and version is not null"
)
DISAGREE: Final = (
    "select l.id from core.leads l left join core.deals d on d.lead_id = l.id and d.state = 'open'"
    " group by l.id, l.state having (l.state = 'handed_off') <> (count(d.id) = 1)"
)
LOOK_S: Final = 0.05


@dataclass(slots=True)
class Watch:
    """looks: at one moment each. disagreeing: leads seen with another word than their deal's."""

    looks: int = 0
    disagreeing: set[str] = field(default_factory=set)


@asynccontextmanager
async def watched(running: Running) -> AsyncIterator[Watch]:
    """Asks all the while, in one statement, whether leads and deals agree."""
    watch = Watch()

    async def look() -> None:
        while True:
            with suppress(Unavailable):
                watch.disagreeing |= {str(lead) for (lead,) in await running.rows(DISAGREE)}
                watch.looks += 1
            await asyncio.sleep(LOOK_S)

    looking = asyncio.create_task(look())
    try:
        yield watch
    finally:
        looking.cancel()


async def handoffs_tally(running: Running, handed: Sequence[str], undone: Sequence[str], watch: Watch) -> Tally:
    """handed, undone: leads whose handoff, or its undoing, was acknowledged.

    lost: acknowledged, and not in the log. doubled: there more than once. phantom: never asked for; one half of a
    commit without the other; a lead and a deal that disagreed at any moment.
    """
    found = await running.rows(SAID.format("', '".join([*PAIRS, *PAIRS.values()])))
    said = Counter((str(journey).partition("/")[2], str(topic)) for journey, _, topic in found)
    commits = {(str(command), str(topic)) for _, command, topic in found}
    wanted = {(lead, LeadHandedOff.TOPIC) for lead in handed} | {(lead, HandoffUndone.TOPIC) for lead in undone}
    lost = [f"{lead}: no {topic}" for lead, topic in wanted if not said[lead, topic]]
    doubled = [f"{lead}: {topic} {count} times" for (lead, topic), count in said.items() if count > 1]
    phantom = [
        f"{lead}: {topic}, not asked for" for lead, topic in said if topic in PAIRS and (lead, topic) not in wanted
    ]
    other = PAIRS | {theirs: ours for ours, theirs in PAIRS.items()}
    phantom += [f"{command}: {topic} alone" for command, topic in commits if (command, other[topic]) not in commits]
    disagreeing = watch.disagreeing | {str(lead) for (lead,) in await running.rows(DISAGREE)}
    phantom += [f"{lead}: lead and deal disagreed" for lead in sorted(disagreeing)]
    return Tally(
        0,
        lost=len(lost),
        doubled=len(doubled),
        phantom=len(phantom),
        facts={"handoffs": float(len(handed)), "undone": float(len(undone)), "looks": float(watch.looks)},
        examples=(*lost, *doubled, *phantom),
    )
