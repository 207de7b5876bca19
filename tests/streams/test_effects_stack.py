"""Effects beside the main job, each to its event: provision, rerun, and what expires behind a gate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import psycopg
import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from domain.centurion.commands import PauseCenturion, ResumeCenturion
from domain.effect.kinds import KINDS, EffectKind
from domain.kernel.ids import lead_journey, tenant_journey
from domain.lead.commands import CloseJourney
from projections.names import company_schema, database_name
from proof.ground.edge import PARTITIONS
from proof.ground.shop import Shop, Talk, open_shop
from proof.ground.world import SIM_KEY, Ground, until

pytestmark = pytest.mark.stack


async def topics_of(legion: Ground, stream: str) -> list[str]:
    async with legion.reads.system() as conn:
        cursor = await conn.execute(
            "select topic from core.journal where stream = %s and applied and version is not null order by version",
            (stream,),
        )
        return [topic for (topic,) in await cursor.fetchall()]


async def happens(legion: Ground, stream: str, topic: str, timeout_s: float = 30) -> None:
    async def happened() -> bool:
        return topic in await topics_of(legion, stream)

    await until(topic, happened, timeout_s)


async def test_a_new_company_gets_its_schema_and_says_so(legion: Ground, shop: Shop) -> None:
    await happens(legion, f"company-{shop.company}", "CompanyProvisioned")
    places = legion.places
    name = database_name(1, prefix=places.database_prefix)
    async with await psycopg.AsyncConnection.connect(places.admin_dsn, dbname=name) as conn:
        cursor = await conn.execute(
            "select count(*) from information_schema.views where table_schema = %s", (company_schema(shop.company),)
        )
        row = await cursor.fetchone()
    assert row is not None
    assert row[0] > 0


@dataclass(frozen=True, slots=True)
class Known:
    """A lead who was answered."""

    talk: Talk
    lead: str
    conversation: str


async def known(shop: Shop) -> Known:
    talk = shop.talk()
    await talk.writes("hi")
    await talk.answered()
    conversation = await talk.conversation()
    assert conversation is not None
    return Known(talk, conversation.lead_id, conversation.id)


async def closed(legion: Ground, shop: Shop) -> tuple[Known, Known]:
    """(loser, winner): the loser's journey is closed, but messages still find it: its aliases have not moved."""
    loser, winner = await known(shop), await known(shop)
    command = CloseJourney(lead=loser.lead, winner=winner.lead)
    await legion.run(shop.company, lead_journey(loser.lead), command)
    return loser, winner


async def texts(legion: Ground, conversation: str) -> list[tuple[str, bool]]:
    """(what the lead wrote, late) in a conversation, in order."""
    async with legion.reads.system() as conn:
        cursor = await conn.execute(
            "select text, late from core.messages where conversation_id = %s and direction = 'in' order by pos",
            (conversation,),
        )
        return list(await cursor.fetchall())


async def test_a_message_to_a_closed_journey_is_run_again_until_it_reaches_the_winner(
    legion: Ground, shop: Shop
) -> None:
    loser, winner = await closed(legion, shop)
    await loser.talk.writes("still there?")
    await happens(legion, f"lead-{loser.lead}", "MessageRerun")
    async with await psycopg.AsyncConnection.connect(legion.places.vault_dsn) as vault:
        await vault.execute("update alias set lead = %s where lead = %s", (winner.lead, loser.lead))

    async def arrived() -> bool:
        return ("still there?", True) in await texts(legion, winner.conversation)

    await until("the message", arrived)

    async def confirmed() -> bool:
        topics = await topics_of(legion, f"lead-{loser.lead}")
        return topics.count("MessageMoved") == topics.count("MessageRerun") >= 1

    await until("the confirmation", confirmed)
    assert await texts(legion, loser.conversation) == [("hi", False)]
    assert await texts(legion, winner.conversation) == [("hi", False), ("still there?", True)]
    # A person looks at what came late; the Centurion does not answer it.
    assert (await topics_of(legion, f"conversation-{winner.conversation}")).count("TurnClosed") == 1
    assert "HumanAsked" in await topics_of(legion, f"conversation-{winner.conversation}")


async def test_a_moved_message_whose_body_has_aged_out_is_given_up_with_an_event(legion: Ground, shop: Shop) -> None:
    loser, _ = await closed(legion, shop)
    await loser.talk.writes("too late")
    await happens(legion, f"lead-{loser.lead}", "MessageMoved")
    topic = legion.places.topics.ingress
    places = [TopicPartition(topic, partition) for partition in range(PARTITIONS)]
    admin = AIOKafkaAdminClient(bootstrap_servers=legion.places.kafka)
    await admin.start()
    try:
        await admin.delete_records({place: RecordsToDelete(before_offset=-1) for place in places})  # -1: all there is
    finally:
        await admin.close()
    await happens(legion, f"lead-{loser.lead}", "EffectAbandoned", 60)


@pytest.mark.parametrize(("gate", "held"), [("paused", EffectKind.REPLY), ("disconnected", EffectKind.CHUNK)])
async def test_what_a_gate_holds_too_long_expires_and_asks_a_human(
    legion: Ground, monkeypatch: pytest.MonkeyPatch, gate: str, held: EffectKind
) -> None:
    shop = await open_shop(legion)
    await close_gate(legion, shop, gate)
    talk = shop.talk()
    with monkeypatch.context() as soon:  # hours in a second
        soon.setitem(KINDS, held, replace(KINDS[held], expires=timedelta(seconds=1)))
        await talk.writes("hi")

        async def asked() -> bool:
            conversation = await talk.conversation()
            return conversation is not None and conversation.human_asked == "effect_expired"

        await until("a human", asked)
    topics = await talk.topics()
    assert topics.count("ReplyCancelled") == 1
    assert topics.count("EffectExpired") >= 1
    assert topics.count("ReplyGenerated") == (0 if gate == "paused" else 1)
    assert "ChunkAttempted" not in topics
    await open_gate(legion, shop, gate)
    await talk.writes("and now?")
    await talk.answered()
    assert await talk.shown_too_often() == []


async def close_gate(legion: Ground, shop: Shop, gate: str) -> None:
    if gate == "paused":
        await legion.run(shop.company, tenant_journey(shop.company), PauseCenturion(centurion=shop.centurion))
        return
    await status(legion, shop, "open")  # what the connection said first must not come after
    (await legion.http.post(f"{legion.places.evolution}/_sim/close/{shop.name}", json={})).raise_for_status()
    await status(legion, shop, "closed")


async def open_gate(legion: Ground, shop: Shop, gate: str) -> None:
    if gate == "paused":
        await legion.run(shop.company, tenant_journey(shop.company), ResumeCenturion(centurion=shop.centurion))
        return
    url = f"{legion.places.evolution}/instance/connect/{shop.name}"
    (await legion.http.get(url, headers={"apikey": SIM_KEY})).raise_for_status()
    await status(legion, shop, "open")


async def status(legion: Ground, shop: Shop, wanted: str) -> None:
    async def has() -> bool:
        async with legion.reads.system() as conn:
            cursor = await conn.execute("select status from core.instances where id = %s", (shop.instance,))
            return await cursor.fetchone() == (wanted,)

    await until(f"the instance {wanted}", has)
