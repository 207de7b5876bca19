"""A company with a Centurion, and a lead's chat with it: what tests of the stack look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from domain.access.sight import WHOLE
from domain.centurion.commands import CreateCenturion
from domain.centurion.settings import CenturionSettings, Pacing
from domain.holding.commands import CreateCompany
from domain.instance.commands import CreateInstance
from domain.kernel.ids import HOLDING, HOLDING_TENANT, tenant_journey
from gateways.evolution.client import EvolutionClient
from projections.read import conversations, timeline
from projections.read.conversations import Conversation
from projections.read.timeline import Message
from proof.ground.world import SECRET, SIM_KEY, Ground, until
from vault.credentials import Credential

FALLBACK: Final = "Sorry, I will be right back."

SETTINGS: Final = CenturionSettings(
    name="Ana",
    persona="You sell courses.",
    model="sim",
    window_ms=700,
    cap_ms=3_000,
    fallback_text=FALLBACK,
    pacing=Pacing(typing_cps=1_000, min_typing_ms=50, max_typing_ms=200, chunk_chars=120),
)


@dataclass(frozen=True, slots=True)
class Shop:
    """A company with one Centurion on one instance of the simulated Evolution."""

    ground: Ground
    company: str
    centurion: str
    instance: str
    name: str

    def talk(self, phone: str | None = None) -> Talk:
        return Talk(self, phone or f"55119{uuid4().int % 10**8:08d}")


async def open_shop(
    ground: Ground,
    settings: CenturionSettings = SETTINGS,
    *,
    prepare: Callable[[str], Awaitable[None]] | None = None,
) -> Shop:
    """prepare: what the company sets up before its instance is there: what comes later the edge may not know yet."""
    company, centurion, instance = (str(uuid4()) for _ in range(3))
    name = f"i-{instance[:8]}"
    slug = f"s{company[:8]}"
    create = CreateCompany(company=company, slug=slug, name="Shop", timezone="America/Sao_Paulo", locale="pt-BR")
    await ground.run(HOLDING_TENANT, HOLDING, create)
    journey = tenant_journey(company)
    if prepare is not None:
        await prepare(company)
    await ground.run(company, journey, CreateCenturion(centurion=centurion, settings=settings))
    await ground.vault.credentials.name_instance("evolution", name, company, instance)
    await ground.vault.credentials.put(company, "evolution", instance, Credential(webhook_secrets=(SECRET,)))
    await ground.run(
        company,
        journey,
        CreateInstance(
            instance=instance, channel="whatsapp", provider="evolution", external_name=name, centurion=centurion
        ),
    )
    headers = {"apikey": SIM_KEY}
    sim = ground.places.evolution
    # Not connected yet (no `qrcode`): it opens by itself, and would say so before it knows where to.
    body = {"instanceName": name, "integration": "WHATSAPP-BAILEYS"}
    (await ground.http.post(f"{sim}/instance/create", json=body, headers=headers)).raise_for_status()
    async with EvolutionClient(sim, SIM_KEY) as client:
        await client.set_webhook(name, f"{ground.ingress_url}/ingress/evolution/{name}", SECRET)
    (await ground.http.get(f"{sim}/instance/connect/{name}", headers=headers)).raise_for_status()
    return Shop(ground, company, centurion, instance, name)


@dataclass(frozen=True, slots=True)
class Talk:
    """One lead's chat."""

    shop: Shop
    phone: str

    async def writes(self, text: str, **facts: Any) -> dict[str, Any]:
        return await self._types("lead", text, **facts)

    async def typed_on_phone(self, text: str) -> dict[str, Any]:
        return await self._types("owner", text)

    async def shown(self) -> list[dict[str, Any]]:
        """What the lead saw of us, by the provider's own word."""
        ground = self.shop.ground
        query = {"instance": self.shop.name, "phone": self.phone}
        found: list[dict[str, Any]] = (
            await ground.http.get(f"{ground.places.evolution}/_sim/sent", params=query)
        ).json()
        return found

    async def shown_too_often(self) -> list[str]:
        """Texts that the lead saw more often than there are chunks of these words that were called.

        By words, for the provider knows nothing of chunks; but two replies may well share a sentence.
        """
        called = ("sent", "attempted", "unknown")
        chunks = Counter(m.text for m in await self.messages() if m.direction == "out" and m.state in called)
        return sorted((Counter(each["text"] for each in await self.shown()) - chunks).elements())

    async def conversation(self) -> Conversation | None:
        async with self.shop.ground.reads.company(self.shop.company, WHOLE) as conn:
            page = await conversations.conversations(conn, self.shop.company, limit=200)
        return next((each for each in page.items if each.address and self.phone in each.address), None)

    async def messages(self) -> list[Message]:
        """The timeline, oldest first."""
        talk = await self.conversation()
        if talk is None:
            return []
        async with self.shop.ground.reads.company(self.shop.company, WHOLE) as conn:
            page = await timeline.timeline(conn, self.shop.company, talk.id, limit=200)
        return list(page.items[::-1])

    async def topics(self) -> list[str]:
        """Topics of the conversation's events, in order."""
        talk = await self.conversation()
        if talk is None:
            return []
        async with self.shop.ground.reads.system() as conn:
            cursor = await conn.execute(
                "select topic from core.journal where stream = %s and applied and version is not null order by version",
                (f"conversation-{talk.id}",),
            )
            return [topic for (topic,) in await cursor.fetchall()]

    async def answered(self, replies: int = 1, timeout_s: float = 30.0) -> list[Message]:
        """Waits until so many replies have an end, and nothing is under way; the timeline."""

        async def ask() -> list[Message] | None:
            topics, talk = await self.topics(), await self.conversation()
            idle = talk is not None and talk.status == "idle"
            return await self.messages() if idle and topics.count("ReplyFinished") >= replies else None

        return await until(f"{replies} replies to {self.phone[-4:]}", ask, timeout_s)

    async def _types(self, who: str, text: str, **facts: Any) -> dict[str, Any]:
        ground = self.shop.ground
        body = {"instance": self.shop.name, "phone": self.phone, "text": text, **facts}
        answer = await ground.http.post(f"{ground.places.evolution}/_sim/{who}", json=body)
        answer.raise_for_status()
        made: dict[str, Any] = answer.json()
        return made
