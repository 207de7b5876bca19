"""A company with an account at the simulated Autentique, and a lead's contract: what tests of contracts look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

import orjson

from domain.access.sight import WHOLE
from domain.contract.commands import DraftContract, SendContract
from domain.contract.parts import Reach, Signer, SignerRole
from domain.deal.commands import HandOffLead
from domain.deal.parts import HandoffReason, Place
from domain.kernel.ids import lead_journey, tenant_journey
from domain.pipeline.commands import ChangePipeline, CreatePipeline
from domain.pipeline.settings import OnSignature, Reason, Stage, new_id
from domain.template.commands import CreateTemplate
from domain.template.parts import TemplateVariable, Text
from gateways.autentique.account import HOOK, PROVIDER, SANDBOX, TOKEN
from projections.read import contracts, deals
from projections.read.contracts import Contract
from projections.read.deals import Deal
from proof.ground.shop import Shop, Talk
from proof.ground.world import until
from streams import labels
from vault.codec import SubjectSealer
from vault.credentials import Credential

HOOK_SECRET: Final = "secret-of-the-endpoint"  # pragma: allowlist secret
BODY: Final[dict[str, Any]] = {
    "title": "Contrato do curso",
    "variables": [{"name": "client", "kind": "text", "label": "Cliente"}],
    "blocks": [
        {"type": "paragraph", "runs": [{"text": "Entre nós e {{client}}."}]},
        {"type": "signature", "signer": "client", "runs": [{"variable": "client"}]},
    ],
}


@dataclass(frozen=True, slots=True)
class Office:
    """simulator: base URL of the simulated Autentique. token: of the company's account there. stage: where deals are
    opened. closed: the stage that a signature would move them to, if they had a value. hook: name of its webhooks here.
    """

    shop: Shop
    simulator: str
    token: str
    template: str
    pipeline: str
    stage: str
    closed: str
    hook: str

    async def sold_to(self, talk: Talk) -> Sale:
        """The lead has written, was answered, and is handed over."""
        await talk.writes("oi")
        await talk.answered()
        conversation = await talk.conversation()
        assert conversation is not None
        lead, deal = conversation.lead_id, str(uuid4())
        place = Place(pipeline=self.pipeline, stage=self.stage, requires=())
        await self.shop.ground.run(
            self.shop.company,
            lead_journey(lead),
            HandOffLead(
                lead=lead, deal=deal, place=place, value=None, assigns=False, user=None, team=None,
                reason=HandoffReason.BY_PERSON, assists=False, evidence=(),
            ),
        )  # fmt: skip
        return Sale(self, talk, lead, deal)

    async def documents(self, contract: str) -> list[dict[str, Any]]:
        """At the provider, under our reference."""
        found: list[dict[str, Any]] = await self._get("documents", contract)
        return found

    async def billed(self, contract: str) -> int:
        return int((await self._get("billed", contract))["count"])

    async def act(self, document: dict[str, Any], act: str, **body: Any) -> None:
        """By every signer, in order. act: view, sign, reject."""
        for each in document["signatures"]:
            if each.get("action"):
                url = f"{self.simulator}/_sim/documents/{document['id']}/signatures/{each['public_id']}/{act}"
                (await self.shop.ground.http.post(url, json=body)).raise_for_status()

    async def set_token(self, token: str) -> None:
        """Of the company's account; the webhook's secret stays."""
        company = self.shop.company
        await self.shop.ground.vault.credentials.put(company, PROVIDER, company, _credential(token, self.hook))

    async def _get(self, what: str, reference: str) -> Any:
        url = f"{self.simulator}/_sim/{what}"
        return (await self.shop.ground.http.get(url, params={"reference": reference})).raise_for_status().json()


@dataclass(frozen=True, slots=True)
class Sale:
    """A deal of a lead."""

    office: Office
    talk: Talk
    lead: str
    deal: str
    names: dict[str, str] = field(default_factory=lambda: {"client": "Rosa Lima", "us": "Escola"})

    async def drafts(self, *signers: tuple[str, Reach]) -> str:
        """A contract, to be signed by these."""
        ground, company, journey = self.office.shop.ground, self.office.shop.company, lead_journey(self.lead)
        sealer, contract = await ground.vault.keys.sealer(company, journey), str(uuid4())
        await ground.run(
            company,
            journey,
            DraftContract(
                lead=self.lead, contract=contract, deal=self.deal, template=self.office.template, template_version=1,
                values=sealer.json(labels.VALUES, {"client": "Rosa Lima"}), locale="pt-BR", ordered=False,
                deadline_at=None, reminder=None, sandbox=False,
                signers=tuple(self._signer(sealer, name, reach) for name, reach in signers),
            ),
        )  # fmt: skip
        return contract

    async def sends(self, contract: str) -> None:
        ground, company = self.office.shop.ground, self.office.shop.company
        command = SendContract(lead=self.lead, contract=contract, deal=self.deal)
        await ground.run(company, lead_journey(self.lead), command)

    async def contract(self, contract: str) -> Contract:
        async with self.office.shop.ground.reads.company(self.office.shop.company, WHOLE) as conn:
            found = await contracts.contract(conn, self.office.shop.company, contract)
        assert found is not None
        return found

    async def becomes(self, contract: str, *states: str, timeout_s: float = 30.0) -> Contract:
        async def there() -> Contract | None:
            found = await self.contract(contract)
            return found if found.state in states else None

        return await until(f"the contract {' or '.join(states)}", there, timeout_s)

    async def shown(self) -> Deal:
        async with self.office.shop.ground.reads.company(self.office.shop.company, WHOLE) as conn:
            found = await deals.deal(conn, self.office.shop.company, self.deal)
        assert found is not None
        return found

    async def topics(self, contract: str) -> list[str]:
        """Of the contract's events, in order."""
        async with self.office.shop.ground.reads.system() as conn:
            cursor = await conn.execute(
                "select topic from core.journal where stream = %s and applied and version is not null order by version",
                (f"contract-{contract}",),
            )
            return [topic for (topic,) in await cursor.fetchall()]

    def _signer(self, sealer: SubjectSealer, name: str, reach: Reach) -> Signer:
        contact = {"name": self.names[name], "email": f"{name}@example.com"}
        return Signer(signer=name, role=SignerRole.SIGN, reach=reach, contact=sealer.json(labels.SIGNER, contact))


def _credential(token: str, hook: str) -> Credential:
    return Credential({TOKEN: token, HOOK: hook, SANDBOX: "false"}, (HOOK_SECRET,))


async def open_office(shop: Shop, simulator: str, shape: str = "data") -> Office:
    """An account, its webhooks pointed at us, a template, and a pipeline where a signature closes and wins the deal."""
    ground, company, journey = shop.ground, shop.company, tenant_journey(shop.company)
    token, hook, template, pipeline = (str(uuid4()) for _ in range(4))
    await ground.vault.credentials.name_instance(PROVIDER, hook, company, company)
    await ground.vault.credentials.put(company, PROVIDER, company, _credential(token, hook))
    endpoint = {
        "token": token,
        "url": f"{ground.ingress_url}/ingress/{PROVIDER}/{hook}",
        "secret": HOOK_SECRET,
        "shape": shape,
    }
    (await ground.http.put(f"{simulator}/_sim/webhook", json=endpoint)).raise_for_status()
    variable = TemplateVariable(name="client", kind="text", label="Cliente", required=True)
    text = Text(name="Curso", body=orjson.dumps(BODY).decode(), variables=(variable,), signers=("client",))
    await ground.run(company, journey, CreateTemplate(template=template, company=company, text=text))
    id_ = str(uuid4())
    stages = (
        Stage(id=new_id(id_, "stages", 0), name="Offer", colour="#1f2937", probability=50),
        Stage(id=new_id(id_, "stages", 1), name="Closed", colour="#15803d", probability=100, requires=("value",)),
    )
    made = CreatePipeline(
        pipeline=pipeline, company=company, name="Sales", stages=stages, won_reasons=(Reason(
            id=new_id(id_, "won_reasons", 0), label="Signed"),), lost_reasons=(),
    )  # fmt: skip
    await ground.run(company, journey, made, id_=id_)
    offer, closed = (each.id for each in stages)
    rule = OnSignature(stage=closed, wins=True, reason=made.won_reasons[0].id)
    changed = ChangePipeline(
        pipeline=pipeline, company=company, name="Sales", stages=made.stages, won_reasons=made.won_reasons,
        lost_reasons=(), on_signature=rule,
    )  # fmt: skip
    await ground.run(company, journey, changed)
    return Office(shop, simulator, token, template, pipeline, offer, closed, hook)
