"""From an ad to a sale: a lead qualifies in the chat, is handed over, signs, and Meta learns that the ad paid."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from cli.demo.client import INSTANCE, Legion, until
from cli.demo.selling import DATASET, Selling
from cli.stack.plan import Plan

STEP_S: Final = 60.0
"""Each is seconds: a turn's window, a document, a batch of reports."""

AD: Final = {
    "title": "Clareamento dental",
    "sourceType": "ad",
    "sourceId": "120210000000000000",
    "sourceUrl": "https://fb.me/aurora",
    "ctwaClid": "ARDemoClickId",
}
HELLO: Final = "Oi! Vi o anúncio do clareamento, quero saber mais"
ANSWER: Final = "O tratamento é clareamento, e meu orçamento é 2500"
PRICE: Final = {"minor": 240_000, "currency": "BRL"}


@dataclass(slots=True)
class Sale:
    """One lead who buys. phone: fresh each time."""

    legion: Legion
    plan: Plan
    selling: Selling
    tell: Callable[[str], None]
    phone: str = field(default_factory=lambda: f"55219{secrets.randbelow(90_000_000) + 10_000_000}")
    lead: str = ""

    async def run(self) -> None:
        deal = await self._qualifies()
        await self._signs(deal)
        await self._reported()
        await self._trail()

    async def _qualifies(self) -> str:
        """By what they say; the deal that they are handed over as."""
        self.tell("another lead clicks an ad and says what they want …")
        said = {"text": HELLO, "contextInfo": {"externalAdReply": AD}}
        await self._writes({"message": {"extendedTextMessage": said}}, HELLO)
        self.lead = await until("the lead", self._find, STEP_S)
        await until("the first answer", self._state_is("contacted", "engaged", "qualifying"), STEP_S)
        await self._writes({"text": ANSWER}, ANSWER)
        await until("the handoff by the rules", self._state_is("handed_off"), STEP_S)
        facts = (await self.legion.get(f"/v1/leads/{self.lead}/facts"))["facts"]
        known = ", ".join(f"{each['key']} = {each['value']}" for each in facts)
        self.tell(f"  known: {known}")
        [deal] = (await self.legion.get("/v1/deals", lead=self.lead))["items"]

        async def briefed() -> Any:
            return (await self.legion.get(f"/v1/deals/{deal['id']}"))["brief"]

        brief = await until("the brief", briefed, STEP_S)
        self.tell(f"  qualified and handed over, with a brief: {brief['said']['summary']['text']}")
        return str(deal["id"])

    async def _signs(self, deal: str) -> None:
        """A contract of the deal, by the link that is said in the chat."""
        self.tell("somebody sends the contract; the lead signs it …")
        await self.legion.put(f"/v1/deals/{deal}/value", PRICE)
        signer = {"signer": "client", "name": "Rosa Lima", "phone": f"+{self.phone}", "reach": "channel"}
        body = {
            "deal": deal,
            "template": self.selling.template,
            "values": {"client": "Rosa Lima", "price": PRICE},
            "signers": [signer],
        }
        contract = (await self.legion.post("/v1/contracts", body))["contract"]
        await self.legion.post(f"/v1/contracts/{contract}/sending", {})

        async def linked() -> str | None:
            """What is shown on the lead's phone."""
            shown = await self._simulator("evolution", "GET", "/_sim/sent", params={"phone": self.phone})
            return next((each["text"] for each in shown if "http" in each["text"]), None)

        self.tell(f"  on their phone: {await until('the link', linked, STEP_S)}")
        [document] = await self._simulator("autentique", "GET", "/_sim/documents", params={"reference": contract})
        for each in document["signatures"]:
            if each.get("action"):
                for act in ("view", "sign"):
                    path = f"/_sim/documents/{document['id']}/signatures/{each['public_id']}/{act}"
                    await self._simulator("autentique", "POST", path, json={})
        await until("the won deal", self._state_is("won"), STEP_S)
        shown = (await self.legion.get(f"/v1/contracts/{contract}"))["contract"]
        self.tell(f"  signed; the PDF's SHA-256 is {shown['sha256']}; the deal is won")

    async def _reported(self) -> None:
        async def accepted() -> bool:
            page = await self.legion.get("/v1/conversions", lead=self.lead, milestone="won", state="accepted")
            return bool(page["items"])

        await until("Meta's answer", accepted, STEP_S)
        taken = await self._simulator("meta", "GET", "/_sim/events", params={"dataset": DATASET})
        names = sorted(each["event_name"] for each in taken if each["accepted"])
        self.tell(f"  Meta has taken: {', '.join(names)}")

    async def _trail(self) -> None:
        trail = await self.legion.get(f"/v1/leads/{self.lead}/trail")
        steps = dict.fromkeys(node["step"] for node in trail["nodes"])
        self.tell(f"  the trail, {len(trail['nodes'])} events: {' → '.join(steps)}")

    async def _writes(self, said: dict[str, Any], words: str) -> None:
        self.tell(f"  lead: {words}")
        body = {"instance": INSTANCE, "phone": self.phone, "name": "Rosa", **said}
        await self._simulator("evolution", "POST", "/_sim/lead", json=body)

    async def _simulator(self, name: str, method: str, path: str, **rest: Any) -> Any:
        async with httpx.AsyncClient(base_url=self.plan.urls[name], trust_env=False) as http:
            return (await http.request(method, path, **rest)).raise_for_status().json()

    async def _find(self) -> str | None:
        mine = await self.legion.conversation(self.phone)
        return mine["lead_id"] if mine else None

    def _state_is(self, *states: str) -> Callable[[], Awaitable[bool]]:
        async def ask() -> bool:
            return (await self.legion.get(f"/v1/leads/{self.lead}"))["lead"]["state"] in states

        return ask
