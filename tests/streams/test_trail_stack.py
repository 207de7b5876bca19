"""The trail of a lead that was answered: normaliser and runners say what led to what, and it is one chain."""

from __future__ import annotations

import pytest

from domain.access.sight import WHOLE
from domain.kernel.ids import lead_journey
from projections.trail.graph import EdgeKind, Where
from projections.trail.reader import Trails
from proof.ground.shop import Shop

pytestmark = pytest.mark.stack


async def test_from_the_webhook_to_the_answer_every_event_has_its_cause(shop: Shop) -> None:
    talk = shop.talk()
    await talk.writes("Hi, what do your courses cost?")
    await talk.answered()
    conversation = await talk.conversation()
    assert conversation is not None
    trails = Trails(shop.ground.reads, WHOLE)
    made = (await trails.trail(shop.company, conversation.lead_id)).graph
    nodes = {node.placed.recorded.event.TOPIC: node for node in made.nodes}
    ids = {topic: node.id for topic, node in nodes.items()}
    caused = {(edge.cause, edge.effect) for edge in made.edges if edge.kind is EdgeKind.CAUSED}
    (ingress,) = (one.id for one in made.outside if one.where is Where.INGRESS)
    assert {
        (ingress, ids["LeadCreated"]),
        (ids["MessageReceived"], ids["TurnClosed"]),
        (ids["TurnClosed"], ids["ReplyGenerated"]),
        (ids["ReplyGenerated"], ids["ChunkSent"]),
    } <= caused
    evidence = {(edge.cause, edge.effect) for edge in made.edges if edge.kind is EdgeKind.EVIDENCE}
    assert (ids["MessageReceived"], ids["TurnClosed"]) in evidence
    sent = {node.id for node in made.nodes if node.placed.recorded.event.TOPIC == "ChunkSent"}
    assert {cause for cause, effect in evidence if effect == ids["LeadContacted"]} <= sent
    # whole: every event but those that came in hangs on another of the same life
    whole = (await trails.trail(shop.company, conversation.lead_id, whole=True, limit=1000)).graph
    assert {one.where for one in whole.outside} <= {Where.INGRESS}
    reached = {edge.effect for edge in whole.edges if edge.kind is not EdgeKind.EVIDENCE}
    assert reached == {node.id for node in whole.nodes}
    assert {node.placed.recorded.meta.journey for node in whole.nodes} == {lead_journey(conversation.lead_id)}
