"""Given events, when they are projected, then people see this."""

from __future__ import annotations

import pytest

from domain.access.sight import WHOLE
from projections.journal import JournalReader
from projections.names import Role
from projections.pool import open_pool
from projections.read import centurions, companies, conversations, instances, leads, timeline
from projections.read.db import ReadDb
from proof.ground.generation import Generation
from proof.ground.histories import CENTURION, COMPANY, INSTANCE, OTHER, Log, Story, set_up

pytestmark = pytest.mark.stack


async def test_a_burst_and_its_reply_stand_on_the_timeline_in_plain(generation: Generation, db: ReadDb) -> None:
    log = Log()
    set_up(log)
    ana = Story(log)
    ana.arrives()
    ana.writes("Oi")
    ana.writes("Quanto custa?")
    ana.turn_closes()
    ana.replies(chunks=2)
    ana.attempts(1, 0)
    ana.sends(1, 0)
    await generation.project(log)

    async with db.company(COMPANY, WHOLE) as conn:
        page = await timeline.timeline(conn, COMPANY, ana.conversation)
        conversation = await conversations.conversation(conn, COMPANY, ana.conversation)
        lead = await leads.lead(conn, COMPANY, ana.lead)
    assert [(m.direction, m.state, m.text) for m in reversed(page.items)] == [
        ("in", "received", "Oi"),
        ("in", "received", "Quanto custa?"),
        ("out", "pending", "Parte 1"),
        ("out", "sent", "Parte 0"),
    ]
    assert conversation is not None
    assert (conversation.status, conversation.unread, conversation.lead_name) == ("sending", 0, "Ana")
    assert conversation.address == "5511999990000@s.whatsapp.net"
    assert lead is not None
    assert (lead.name, lead.source, lead.opted_out) == ("Ana", "whatsapp", False)


async def test_a_conversation_s_status_follows_the_centurion(generation: Generation, db: ReadDb) -> None:
    log = Log()
    set_up(log)
    ana = Story(log)
    ana.arrives()
    await generation.project(log)
    seen = []
    for step in (ana.writes, ana.turn_closes, ana.replies, ana.cancels):
        await generation.project(log, [step()])
        async with db.company(COMPANY, WHOLE) as conn:
            found = await conversations.conversation(conn, COMPANY, ana.conversation)
        seen.append(found and found.status)
    assert seen == ["gathering", "replying", "sending", "idle"]


async def test_settings_come_back_as_the_domain_wrote_them(generation: Generation, db: ReadDb) -> None:
    log = Log()
    set_up(log)
    await generation.project(log)
    async with db.company(COMPANY, WHOLE) as conn:
        centurion = await centurions.centurion(conn, COMPANY, CENTURION)
        instance = await instances.instance(conn, COMPANY, INSTANCE)
        company = await companies.company(conn, COMPANY)
    assert centurion is not None
    assert (centurion.version, centurion.settings.name, centurion.settings.pacing.typing_cps) == (1, "Clara", 18)
    assert instance is not None
    assert (instance.status, instance.centurion_id) == ("open", CENTURION)
    assert company is not None
    assert company.slug == "acme"


async def test_another_company_sees_nothing(generation: Generation, db: ReadDb) -> None:
    log = Log()
    set_up(log)
    ana = Story(log)
    ana.arrives()
    ana.writes()
    await generation.project(log)
    async with db.company(OTHER, WHOLE) as conn:
        assert await leads.lead(conn, COMPANY, ana.lead) is None
        assert await companies.companies(conn) == ()


async def test_the_writer_gets_events_known_commands_and_the_clock_in_one_query(generation: Generation) -> None:
    log = Log()
    ana = Story(log)
    ana.arrives()
    ana.writes()
    refused = log.refuse(COMPANY, ana.journey)
    await generation.project(log)
    async with open_pool(generation.dsn(Role.WRITER)) as pool:
        reader = JournalReader(pool)
        loaded = await reader.load(
            refused.partition,
            [(ana.journey, ana.stream), (ana.journey, "conversation-none"), ("lead/another", ana.stream)],
            [(ana.journey, refused.command_id or ""), (ana.journey, "never")],
        )
        anchor = await reader.anchor(refused.partition)
    assert loaded.next_offset == refused.next_offset
    assert [e.TOPIC for e in loaded.events[ana.journey, ana.stream]] == ["ConversationStarted", "MessageReceived"]
    assert loaded.events[ana.journey, ana.stream] == [log.commits[0].events[3].event, log.commits[1].events[0].event]
    assert set(loaded.events) == {(ana.journey, ana.stream)}, "a stream is not another journey's by its name"
    assert loaded.known == {(ana.journey, refused.command_id)}
    assert refused.refusal is not None
    assert loaded.last_at == {ana.journey: refused.refusal.at}
    assert anchor is not None
    assert anchor.head == refused.head
