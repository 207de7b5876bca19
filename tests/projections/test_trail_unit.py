"""The trail of a lead: which events are steps, what is an edge, and where the chain has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from api.event_json import plain
from api.trail_json import MAX_ITEMS, as_plain, summary, trail_json
from api.trail_mermaid import mermaid
from domain.conversation import events as c
from domain.events import EVENTS
from domain.kernel.actor import NORMALISER
from domain.kernel.errors import Corrupt
from domain.kernel.event import Event
from domain.lead import events as ld
from domain.lead.parts import StateReason
from eventlog.examples import example_event
from eventlog.model import Commit, Position
from projections.read.events import Placed
from projections.trail.chain import Chained, chained
from projections.trail.graph import Edge, EdgeKind, Graph, Where, graph, wanted
from projections.trail.reader import Trail
from projections.trail.steps import STEPS, TOPICS, Step, cited, messages
from proof.ground.deals import DEAL_MOVES
from proof.ground.histories import Log, Story, set_up

ELSEWHERE = frozenset(
    "centurion company email instance invitation members pipelines pixels qualification role security services slug "
    "teams template user".split()
)
"""Categories of streams that stand in no lead's journey."""


def test_every_event_of_a_lead_s_journey_is_a_step_or_declared_a_detail() -> None:
    ours = {cls for cls in EVENTS.values() if cls.__module__.startswith("domain.")}
    assert set(STEPS) == {cls for cls in ours if cls.CATEGORY not in ELSEWHERE}


def test_steps_are_told_by_topics() -> None:
    assert "TurnClosed" in TOPICS
    assert "AliasLinked" not in TOPICS


@pytest.mark.parametrize("cls", STEPS, ids=lambda cls: cls.TOPIC)
def test_a_summary_of_any_event_is_json_without_a_sealed_byte(cls: type[Event]) -> None:
    event = example_event(cls)
    shown = summary(event)
    assert "sealed" not in str(shown)
    assert "evidence" not in shown
    assert plain(shown) == shown
    assert all(isinstance(id_, str) for id_ in (*cited(event), *messages(event)))


def test_a_long_list_is_told_by_its_length() -> None:
    closed = example_event(c.TurnClosed)
    assert isinstance(closed, c.TurnClosed)
    many = replace(closed, messages=tuple(map(str, range(MAX_ITEMS + 1))))
    assert summary(many)["messages"] == MAX_ITEMS + 1
    assert len(summary(replace(closed, messages=many.messages[1:]))["messages"]) == MAX_ITEMS


class Told:
    """One lead, message by message, with causes as runners and the normaliser set them."""

    def __init__(self) -> None:
        self.log = Log()
        set_up(self.log)
        self.before = len(self.log.commits)
        self.story = Story(self.log)
        self.causes: dict[str, str] = {}

    def says(self, commit: Commit, cause: str = "") -> str:
        """The id of the commit's first event."""
        for recorded in commit.events:
            self.causes[recorded.meta.event_id] = cause
        return commit.events[0].meta.event_id

    @property
    def placed(self) -> list[Placed]:
        found = []
        for commit in self.log.commits[self.before :]:
            for offset, recorded in enumerate(commit.events, commit.first_offset):
                cause = self.causes.get(recorded.meta.event_id, "")
                actor = NORMALISER.without_grant() if cause.startswith("in-") else recorded.meta.actor
                meta = replace(recorded.meta, causation=cause or None, actor=actor)
                position = Position(commit.epoch, commit.partition, offset)
                found.append(Placed(position, replace(recorded, meta=meta)))
        return found

    @property
    def chains(self) -> Mapping[Position, Chained]:
        return chained(record for commit in self.log.commits for record in commit.records)

    def graph(self, *, whole: bool = False, only: Sequence[str] = ()) -> Graph:
        """only: ids that are told; else all steps."""
        placed = self.placed
        told = [
            one for one in placed
            if (one.recorded.meta.event_id in only if only else whole or STEPS[type(one.recorded.event)] != Step.DETAIL)
        ]  # fmt: skip
        known = {one.recorded.meta.event_id: one for one in placed if one not in told}
        return graph(told, self.chains, known, whole=whole)


def test_what_a_commit_says_together_and_what_it_came_from() -> None:
    told = Told()
    born = told.says(told.story.arrives(), "in-1")
    made = told.graph()
    (node,) = made.nodes  # the rest of the commit are details
    assert (node.id, node.step) == (born, Step.ARRIVAL)
    assert made.edges == (Edge("in-1", born, EdgeKind.CAUSED),)
    assert [(one.id, one.where) for one in made.outside] == [("in-1", Where.INGRESS)]
    whole = told.graph(whole=True)
    first, *others = (one.id for one in whole.nodes)
    assert [edge for edge in whole.edges if edge.kind is EdgeKind.SAME_COMMIT] == [
        Edge(first, other, EdgeKind.SAME_COMMIT) for other in others
    ]


def test_a_turn_stands_on_its_messages_and_a_reply_comes_from_the_turn() -> None:
    told = Told()
    told.says(told.story.arrives(), "in-1")
    message = told.says(told.story.writes(), "in-2")
    turn = told.says(told.story.turn_closes(), message)
    reply = told.says(told.story.replies(), turn)
    attempt = told.says(told.story.attempts(1, 0), reply)
    sent = told.says(told.story.sends(1, 0), attempt)
    edges = set(told.graph().edges)
    assert {
        Edge(message, turn, EdgeKind.CAUSED),
        Edge(message, turn, EdgeKind.EVIDENCE),
        Edge(turn, reply, EdgeKind.CAUSED),
        Edge(reply, sent, EdgeKind.CAUSED, (attempt,)),
    } <= edges
    assert {Edge(reply, attempt, EdgeKind.CAUSED), Edge(attempt, sent, EdgeKind.CAUSED)} <= set(
        told.graph(whole=True).edges
    )


def test_what_is_not_on_the_page_is_outside_as_far_as_it_is_known() -> None:
    told = Told()
    told.says(told.story.arrives(), "in-1")
    message = told.says(told.story.writes(), "in-2")
    turn = told.says(told.story.turn_closes(), message)
    (holding,) = (e.meta.event_id for e in told.log.commits[1].events)  # of the company's journey
    stranger = told.says(told.story.replies(), holding)
    made = told.graph(only=[turn, stranger])
    outside = {one.id: one for one in made.outside}
    assert outside[message].where is Where.JOURNEY
    assert outside[message].placed is not None
    assert outside[told.story.last_message].where is Where.MESSAGE
    assert outside[holding].where is Where.UNKNOWN  # this reader was not given it
    commit = told.log.commits[1]
    other = Placed(commit.position, commit.events[0])
    known = {holding: other}
    again = graph([one.placed for one in made.nodes], told.chains, known, whole=False)
    assert {one.id: one.where for one in again.outside}[holding] is Where.ELSEWHERE


def test_evidence_is_an_edge_also_of_facts() -> None:
    told = Told()
    message = told.says(told.story.writes(), "in-1")
    (facts,) = DEAL_MOVES["known"](told.story, 1, 1)
    assert isinstance(facts, ld.LeadFactsRecorded)
    known = told.says(told.story.commit(replace(facts, facts=(replace(facts.facts[0], source=message),))))
    why: dict[str, Any] = {"reason": StateReason.BY_PERSON, "evidence": (message, known, message)}
    event = told.log.event(told.story.lead_stream, ld.LeadQualified, lead=told.story.lead, rules=0, score=1, **why)
    qualified = told.says(told.story.commit(event))
    made = told.graph()
    assert {edge for edge in made.edges if edge.kind is EdgeKind.EVIDENCE} == {
        Edge(message, known, EdgeKind.EVIDENCE),
        Edge(message, qualified, EdgeKind.EVIDENCE),
        Edge(known, qualified, EdgeKind.EVIDENCE),
    }
    assert {node.id: node.cites for node in made.nodes}[qualified] == (message, known)


def test_every_edge_ends_at_a_node_and_begins_at_one_or_outside() -> None:
    told = Told()
    last = told.says(told.story.arrives(), "in-1")
    for move in ("known", "qualifying", "qualified", "handed_off", "valued", "won"):
        last = told.says(told.story.commit(*DEAL_MOVES[move](told.story, 1, 1)), last)
    for whole in (False, True):
        made = told.graph(whole=whole)
        here, outside = {node.id for node in made.nodes}, {one.id for one in made.outside}
        assert {edge.effect for edge in made.edges} <= here
        assert {edge.cause for edge in made.edges} <= here | outside
        assert not here & outside
        assert outside == {"in-1", "e1"}


def test_what_has_to_be_looked_up_ends_where_nobody_knows_more() -> None:
    told = Told()
    message = told.says(told.story.writes(), "in-1")
    attempt = told.says(told.story.attempts(1, 0), message)
    told.says(told.story.sends(1, 0), attempt)
    by_id = {one.recorded.meta.event_id: one for one in told.placed}
    last = [list(by_id.values())[-1]]
    assert wanted(last, {}, whole=False) == {attempt}
    assert wanted(last, {attempt: by_id[attempt]}, whole=False) == {message}
    assert wanted(last, by_id, whole=False) == set()  # a step: its own cause is nobody's business here
    assert wanted(last, {attempt: by_id[attempt]}, whole=True) == set()


def test_hashes_are_those_of_the_chain_and_see_a_changed_byte() -> None:
    told = Told()
    told.story.arrives()
    told.story.writes()
    for commit in told.log.commits:
        found = chained(commit.records)
        for record in commit.records:
            one = found[Position(0, record.partition, record.offset)]
            assert (one.position, one.records) == (commit.position, len(commit.records))
            assert (one.prev, one.hash) == (commit.prev, commit.head)
    commit = told.log.commits[-1]
    (record,) = commit.records
    changed = record._replace(value=record.value[:-1] + bytes([record.value[-1] ^ 1]))
    assert chained([changed])[commit.position].hash != commit.head
    with pytest.raises(Corrupt, match="journal_altered"):
        chained([record._replace(headers=record.headers[:-1])])


def test_as_json_and_as_a_flowchart() -> None:
    told = Told()
    message = told.says(told.story.writes(), "in-1")
    turn = told.says(told.story.turn_closes(), message)
    trail = Trail(company="c", lead=told.story.lead, graph=told.graph(), next="x")
    shown = as_plain(trail_json(trail))
    assert [node["event_id"] for node in shown["nodes"]] == [message, turn]
    first = shown["nodes"][0]
    commit = told.log.commits[told.before]
    assert first["commit"] == {
        "offset": commit.first_offset, "records": 1, "prev": commit.prev.hex(), "hash": commit.head.hex(),
    }  # fmt: skip
    assert first["data"]["provider_id"].startswith("in-")
    assert "text" not in first["data"]
    assert {"from": message, "to": turn, "kind": "caused", "via": []} in shown["edges"]
    assert shown["outside"] == [{"id": "in-1", "where": "ingress", "known": None}]
    assert (shown["truncated"], shown["next"]) == (True, "x")
    drawn = mermaid(trail).splitlines()
    assert drawn[0] == "flowchart TD"
    assert drawn[1].startswith('  e0["message: MessageReceived<br/>2026-11-25 ')
    assert drawn[3:] == ['  o2(["ingress"])', "  o2 --> e0", "  e0 --> e1", "  e0 -.-> e1"]
