"""A company that reports to Meta's simulator, and leads of it that are worth a person's time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from psycopg.rows import class_row

from domain.conversation.commands import ReceiveMessage
from domain.conversation.parts import AliasRef, SourcePosition
from domain.holding.commands import CreateCompany
from domain.kernel.ids import HOLDING, HOLDING_TENANT, conversation_id, lead_journey, tenant_journey
from domain.lead.commands import QualifyLead
from domain.pixel import settings as px
from domain.pixel.commands import AddPixel, SetPixelToken
from domain.pixel.settings import ConsentRule, Milestone, ValueFrom
from proof.ground.world import Ground
from vault.credentials import Credential

DATASET: Final = "1234567890"


_REPORTS: Final = """
    select lead_id as lead, state, cause, trace, extract(epoch from answered_at - happened_at)::float8 as seconds
    from core.marketing_events where company_id = %s
"""


@dataclass(frozen=True, slots=True)
class Report:
    """What came of one. seconds: from what happened to the answer; None: there is none."""

    lead: str
    state: str
    cause: str | None
    trace: str | None
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Reporting:
    """The company, its pixel, and the leads so far."""

    ground: Ground
    company: str
    pixel: str
    leads: list[str]

    async def token(self, token: str) -> None:
        credential = Credential({"token": token})
        await self.ground.vault.credentials.put(self.company, "meta", self.pixel, credential)
        command = SetPixelToken(pixel=self.pixel, company=self.company, token=token)
        await self.ground.run(self.company, tenant_journey(self.company), command)

    async def qualified(self, *, stranger: bool = False) -> str:
        """One lead more that is to be reported. stranger: Meta finds nobody by it."""
        lead = str(uuid4())
        if stranger:
            asked = {"external_ids": [lead]}
            (await self.ground.http.put(f"{self.ground.places.meta}/_sim/strangers", json=asked)).raise_for_status()
        journey = lead_journey(lead)
        await self.ground.run(self.company, journey, await self._writes(lead))
        await self.ground.run(self.company, journey, QualifyLead(lead=lead, evidence=()))
        self.leads.append(lead)
        return lead

    async def counted(self) -> Counter[str]:
        """Lead → how often Meta counts it."""
        url = f"{self.ground.places.meta}/_sim/events"
        rows = (await self.ground.http.get(url, params={"dataset": DATASET})).raise_for_status().json()
        found: Counter[str] = Counter()
        for row in rows:
            found[row["event"]["user_data"]["external_id"][0]] += row["accepted"]
        return found

    async def requests(self) -> int:
        """That Meta was asked."""
        answer = await self.ground.http.get(f"{self.ground.places.meta}/_sim/calls")
        return int(answer.raise_for_status().json()["requests"])

    async def reports(self) -> list[Report]:
        async with self.ground.reads.system() as conn, conn.cursor(row_factory=class_row(Report)) as cursor:
            await cursor.execute(_REPORTS, (self.company,))
            return await cursor.fetchall()

    async def states(self) -> dict[str, str]:
        """Lead → state of its report."""
        return {report.lead: report.state for report in await self.reports()}

    async def _writes(self, lead: str) -> ReceiveMessage:
        journey, instance = lead_journey(lead), str(uuid4())
        sealer = await self.ground.vault.keys.sealer(self.company, journey)
        phone = f"+55119{uuid4().int % 10**8:08d}"
        alias = AliasRef(scheme="phone", alias_hash=2 * uuid4().hex, value=sealer.text("alias.value", phone))
        plain: dict[str, Any] = {
            "name": None, "name_digest": None, "provider_at": None, "content": None, "quoted_id": None,
            "handling": None, "opts_out": False, "late": False,
        }  # fmt: skip
        return ReceiveMessage(
            lead=lead,
            conversation=conversation_id(lead, instance),
            instance=instance,
            channel="whatsapp",
            aliases=(alias,),
            message=str(uuid4()),
            provider_id=uuid4().hex,
            kind="text",
            text=sealer.text("message.text", "Oi"),
            address=sealer.text("conversation.address", f"{phone[1:]}@s.whatsapp.net"),
            source=SourcePosition(partition=0, offset=0),
            **plain,
        )


async def open_reporting(ground: Ground, token: str) -> Reporting:
    company, pixel = str(uuid4()), str(uuid4())
    slug = f"s{company[:8]}"
    create = CreateCompany(company=company, slug=slug, name="Shop", timezone="America/Sao_Paulo", locale="pt-BR")
    await ground.run(HOLDING_TENANT, HOLDING, create)
    report = px.Report(milestone=Milestone.QUALIFIED, name="Lead", value=ValueFrom.NONE, fixed=None, percent=None)
    added = AddPixel(
        pixel=pixel,
        company=company,
        name="Site",
        dataset=DATASET,
        centurion=None,
        test_code=None,
        consent=ConsentRule.ASSUMED,
        limited=False,
        reports=(report,),
    )
    await ground.run(company, tenant_journey(company), added)
    made = Reporting(ground, company, pixel, [])
    await made.token(token)
    return made
