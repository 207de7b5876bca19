"""From a chat to a deal with a brief: what the lead says is read for the company's rules, on real servers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from domain.access.sight import WHOLE
from domain.conversation.events import TurnRead
from domain.deal.commands import HandOffLead
from domain.deal.events import DealBriefed
from domain.deal.parts import HandoffReason, Place
from domain.kernel.ids import lead_journey, tenant_journey
from domain.pipeline.commands import CreatePipeline
from domain.pipeline.settings import Stage, new_id
from domain.qualification.commands import PublishQualificationRules
from domain.qualification.settings import AnswerKind, Choice, HandoffRule, Question
from projections.read import deals, known, leads
from projections.read.events import EventReader
from proof.ground.shop import Shop, Talk, open_shop
from proof.ground.world import Ground, until
from tests.domain.qualifying import question

pytestmark = pytest.mark.stack

NEED = question("need", required=True)
BUDGET = question("budget", AnswerKind.NUMBER, required=True, points=30, asks="what they can pay (orçamento)")
SIZE: Question = question("size", AnswerKind.CHOICE, points=0, choices=(Choice(value="Large", points=40),))


@dataclass(frozen=True, slots=True)
class Firm:
    """A shop with rules. place: where who is qualified gets a deal."""

    shop: Shop
    place: Place

    async def lead(self, talk: Talk) -> str:
        found = await talk.conversation()
        assert found is not None
        return found.lead_id

    async def state(self, talk: Talk) -> str:
        async with self.shop.ground.reads.company(self.shop.company, WHOLE) as conn:
            found = await leads.lead(conn, self.shop.company, await self.lead(talk))
        assert found is not None
        return found.state

    async def facts(self, talk: Talk) -> dict[str, known.Fact]:
        async with self.shop.ground.reads.company(self.shop.company, WHOLE) as conn:
            return {fact.key: fact for fact in await known.facts(conn, self.shop.company, await self.lead(talk))}

    async def deal(self, lead: str) -> str | None:
        async with self.shop.ground.reads.company(self.shop.company, WHOLE) as conn:
            page = await deals.deals(conn, self.shop.company, lead=lead)
        return page.items[0].id if page.items else None

    async def brief(self, deal: str) -> Any:
        async with self.shop.ground.reads.company(self.shop.company, WHOLE) as conn:
            return await deals.brief(conn, self.shop.company, deal)


async def open_firm(legion: Ground, **changed: Any) -> Firm:
    """changed: of the rules; none without any."""
    id_, pipeline = str(uuid4()), str(uuid4())
    stage = Stage(id=new_id(id_, "stages", 0), name="In talk", colour="#1f2937", probability=10)
    fields: dict[str, Any] = {
        "questions": (NEED, BUDGET, SIZE),
        "threshold": 80,
        "intents": ("buy",),
        "handoff": HandoffRule(pipeline=pipeline, stage=stage.id, assists=False),
        "dormant_after_days": None,
    }

    async def prepare(company: str) -> None:
        made = CreatePipeline(
            pipeline=pipeline, company=company, name="Sales", stages=(stage,), won_reasons=(), lost_reasons=()
        )
        await legion.run(company, tenant_journey(company), made, id_=id_)
        if changed:
            rules = PublishQualificationRules(company=company, **{**fields, **changed})
            await legion.run(company, tenant_journey(company), rules)

    shop = await open_shop(legion, prepare=prepare)
    return Firm(shop, Place(pipeline=pipeline, stage=stage.id, requires=()))


async def topics_of(legion: Ground, journey: str) -> list[str]:
    async with legion.reads.system() as conn:
        cursor = await conn.execute(
            "select topic from core.journal where journey = %s and applied and version is not null"
            " order by epoch, log_offset",
            (journey,),
        )
        return [topic for (topic,) in await cursor.fetchall()]


async def abandoned(legion: Ground, lead: str, kind: str) -> str:
    """The code that the effect of that kind was given up with."""

    async def ask() -> str | None:
        async with legion.reads.system() as conn:
            cursor = await conn.execute(
                "select count(*) filter (where state <> 'done'), count(*) from core.effects"
                " where journey = %s and kind = %s",
                (lead_journey(lead), kind),
            )
            row = await cursor.fetchone()
        return "ended" if row is not None and row[0] == 0 and row[1] > 0 else None

    await until(f"the end of {kind}", ask)
    topics = await topics_of(legion, lead_journey(lead))
    return "EffectAbandoned" if "EffectAbandoned" in topics else "done"


async def test_a_chat_becomes_a_deal_with_a_brief(legion: Ground) -> None:
    firm = await open_firm(legion, threshold=80)
    talk = firm.shop.talk()
    await talk.writes("Oi! need: um telhado novo")
    await talk.answered()

    async def need() -> known.Fact | None:
        return (await firm.facts(talk)).get("need")

    first = await until("the first fact", need)
    assert (first.value, first.said_by, first.points, first.confidence) == ("um telhado novo", "machine", 10, 95)
    assert first.source in await heard(legion, talk)
    assert await firm.state(talk) == "qualifying"

    await talk.writes("Quero comprar. Meu orçamento é 12 mil e o tamanho: large, mas acho caro")

    async def handed() -> bool:
        return await firm.state(talk) == "handed_off"

    await until("the handoff", handed)
    facts = await firm.facts(talk)
    assert {key: (fact.value, fact.points) for key, fact in facts.items()} == {
        "need": ("um telhado novo", 10),
        "budget": (12000, 30),
        "size": ("Large", 40),
    }
    deal = await firm.deal(await firm.lead(talk))
    assert deal is not None

    async def briefed() -> Any:
        return await firm.brief(deal)

    brief = (await until("the brief", briefed)).said
    assert "mensagens" in brief["summary"]["text"]
    assert [point["messages"] for point in brief["needs"]] == [[facts["need"].source], [facts["budget"].source]]
    assert [point["messages"] for point in brief["objections"]] == [[facts["budget"].source]]
    topics = await topics_of(legion, lead_journey(await firm.lead(talk)))
    for once in ("LeadQualified", "LeadHandedOff", "DealOpened", "DealBriefed"):
        assert topics.count(once) == 1
    at = topics.index("LeadQualified")
    assert topics[at : at + 3] == ["LeadQualified", "LeadHandedOff", "DealOpened"], "one commit"
    journey = lead_journey(await firm.lead(talk))
    events = [placed.recorded.event for placed in await EventReader(legion.reads).journey_events(journey)]
    paid = [event.usage for event in events if isinstance(event, TurnRead | DealBriefed)]
    assert len(paid) >= 3
    assert all(usage.prompt_tokens > 0 and usage.cost_micros > 0 for usage in paid)


async def heard(legion: Ground, talk: Talk) -> list[str]:
    """Ids of the events of what the lead wrote."""
    found = await talk.conversation()
    assert found is not None
    async with legion.reads.system() as conn:
        cursor = await conn.execute(
            "select event_id::text from core.journal where stream = %s and topic = 'MessageReceived' and applied",
            (f"conversation-{found.id}",),
        )
        return [event for (event,) in await cursor.fetchall()]


async def test_a_model_that_does_not_fill_the_form_ends_visibly_and_the_reply_goes_out(legion: Ground) -> None:
    firm = await open_firm(legion, threshold=80)
    talk = firm.shop.talk()
    await legion.fault(legion.places.openai, kind="garbled")
    await talk.writes("need: um telhado")
    await talk.answered()
    lead = await firm.lead(talk)
    assert await abandoned(legion, lead, "extract") == "EffectAbandoned"
    assert await firm.facts(talk) == {}
    await legion.no_faults()
    await talk.writes("e mais uma coisa")  # what was not read is read with the next turn
    await talk.answered(2)

    async def need() -> known.Fact | None:
        return (await firm.facts(talk)).get("need")

    assert (await until("the fact", need)).value == "um telhado"


async def test_who_is_silent_falls_asleep_and_wakes(legion: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    firm = await open_firm(legion, dormant_after_days=1)
    talk = firm.shop.talk()
    await talk.writes("Oi")
    await talk.answered()
    lead = await firm.lead(talk)

    async def look_now() -> None:
        """As if the day were over."""
        place = legion.places.superuser_dsn
        async with await psycopg.AsyncConnection.connect(place) as conn:
            await conn.execute(
                "update core.effects set due_at = now() where journey = %s and kind = 'dormancy'", (lead_journey(lead),)
            )

    async def awaited_twice() -> bool:
        return (await topics_of(legion, lead_journey(lead))).count("SilenceAwaited") == 2

    await look_now()
    await until("the silence put off", awaited_twice)
    assert await firm.state(talk) == "contacted"
    monkeypatch.setattr("streams.effects.dormancy.dormant_ms", lambda _: 1)
    await look_now()

    async def sleeps() -> bool:
        return await firm.state(talk) == "dormant"

    await until("sleep", sleeps)
    await talk.writes("Voltei")

    async def awake() -> bool:
        return await firm.state(talk) == "engaged"

    await until("waking", awake)


async def test_without_rules_nothing_is_asked_and_a_brief_that_nobody_writes_leaves_the_deal(
    legion: Ground,
) -> None:
    firm = await open_firm(legion)
    talk = firm.shop.talk()
    await talk.writes("need: um telhado novo, budget: 12000")
    await talk.answered()
    lead, deal = await firm.lead(talk), str(uuid4())
    topics = await topics_of(legion, lead_journey(lead))
    assert "TurnClosed" in topics
    assert "TurnRead" not in topics
    async with legion.reads.system() as conn:
        cursor = await conn.execute(
            "select count(*) from core.effects where company_id = %s and kind = 'extract'", (firm.shop.company,)
        )
        assert await cursor.fetchone() == (0,)
    await legion.fault(legion.places.openai, kind="garbled")
    hand_off = HandOffLead(
        lead=lead,
        deal=deal,
        place=firm.place,
        value=None,
        assigns=False,
        user=None,
        team=None,
        reason=HandoffReason.BY_PERSON,
        assists=False,
        evidence=(),
    )
    await legion.run(firm.shop.company, lead_journey(lead), hand_off)
    assert await abandoned(legion, lead, "brief") == "EffectAbandoned"
    assert await firm.deal(lead) == deal
    assert await firm.brief(deal) is None
