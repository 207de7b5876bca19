"""R18: whoever has a part in a handoff is killed at each step of it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from cli.demo.client import until
from proof.claim import Claim, Stage
from proof.ground.patience import patient_stack
from proof.ground.running import BACK_S, LATE_PHONES, Running
from proof.harm.handoffs import POINTS, SERVICES
from proof.harm.on_the_way import light
from proof.oracle.handoffs import handoffs_tally, watched
from proof.oracle.killed import killed_tally
from proof.tally import Tally, total

FUSES: Final = "proof.harm.handoffs"
BUG: Final = "proof.bugs.deals_anew"
PIPELINE: Final = {"name": "Vendas", "stages": [{"name": "Nova", "colour": "#3366cc", "probability": 10}]}


@dataclass(slots=True)
class Sales:
    """What was asked for and acknowledged, by lead; and the points where somebody died."""

    running: Running
    handed: list[str] = field(default_factory=list)
    undone: list[str] = field(default_factory=list)
    died: list[str] = field(default_factory=list)

    async def killed(self, lead: str, point: str) -> None:
        """The handoff of this lead, or its undoing, meets the point."""
        if point.split()[1] in ("undo", "undone"):
            deal = await self._hand_off(lead)
            await until("the deal", lambda: self._shown(deal), BACK_S)  # who died before may not be back
            await self._dying(point, self._undo(lead, deal))
        else:
            await self._dying(point, self._hand_off(lead))

    async def _dying(self, point: str, doing: Any) -> None:
        fuse = light(self.running.stack.data, point)
        done = asyncio.create_task(doing)
        if await fuse.burnt():
            self.died.append(point)
        await done

    async def _hand_off(self, lead: str) -> str:
        body = {"reason": "qualified", "value": {"minor": 150_000, "currency": "BRL"}}
        answer = await self._insists(f"/v1/leads/{lead}/handoff", body, f"handoff-{lead}")
        self.handed.append(lead)
        return str(answer["deal"])

    async def _undo(self, lead: str, deal: str) -> None:
        await self._insists(f"/v1/deals/{deal}/undoing", {"reason": "mistake"}, f"undo-{lead}")
        self.undone.append(lead)

    async def _shown(self, deal: str) -> bool:
        with suppress(httpx.TransportError):
            headers = {"x-tenant-id": self.running.legion.tenant}
            return (await self.running.http.get(f"/v1/deals/{deal}", headers=headers)).is_success
        return False

    async def _insists(self, path: str, body: dict[str, Any], key: str) -> dict[str, Any]:
        return await self.running.insists(path, body, key, tenant=self.running.legion.tenant)


async def play(stage: Stage) -> Tally:
    """Each point equally often, in an order of its own; each time another lead."""
    points = stage.equally(["after handoff"] if stage.control else POINTS)
    async with patient_stack(stage.folder, dict.fromkeys(SERVICES, BUG if stage.control else FUSES)) as running:
        await running.legion.post("/v1/pipelines", PIPELINE, key="sales")
        leads = await _leads(running, stage.rounds)
        sales = Sales(running)
        async with watched(running) as watch:
            for lead, point in zip(leads, points, strict=True):
                await sales.killed(lead, point)
            await until("the read models", lambda: _projected(running, sales), BACK_S)
        return total(
            [killed_tally(points, sales.died), await handoffs_tally(running, sales.handed, sales.undone, watch)]
        )


async def _leads(running: Running, count: int) -> list[str]:
    """So many write; what they wrote is so old that nobody answers."""
    for number in range(count):
        await running.posts(number, "oi")
    query = f"select distinct lead_id from core.conversations where address like '{LATE_PHONES}%' order by lead_id"

    async def found() -> list[str]:
        rows = await running.rows(query)
        return [str(lead) for (lead,) in rows] if len(rows) >= count else []

    made: list[str] = await until("the leads", found, BACK_S)
    return made


async def _projected(running: Running, sales: Sales) -> bool:
    """What was acknowledged is shown: an answer waits for the journal, which is one transaction with the tables."""
    [(shown,)] = await running.rows("select count(*) from core.deals where state in ('open', 'withdrawn')")
    return int(str(shown)) >= len(sales.handed)


CLAIM = Claim(
    id="R18",
    says=(
        "Leads are handed off, and handoffs undone, while the API, the writer and the projector are killed at each step"
        " from the command to the read models (before and after it is in the log, decided, acknowledged, with the"
        " positions locked, before and after the commit): every acknowledged handoff is in the log once, as one commit"
        " of lead and deal, and at no moment of the whole time do the tables show a lead and a deal that disagree."
    ),
    unit="kills",
    rounds=112,
    leg=56,
    quick=3,
    control_rounds=3,
    bug="The API makes a new id at each try, and the decider asks only whether that very deal is there.",
    play=play,
    slow_control=True,
)
