"""What was said is read for facts: what follows, in which order, and that people are not overruled."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from domain.conversation import events as c
from domain.deal import events as d
from domain.deal.parts import HandoffReason
from domain.effect import events as x
from domain.effect.kinds import EffectKind
from domain.kernel.actor import BOOTSTRAP
from domain.kernel.errors import Refused
from domain.kernel.ids import derived
from domain.lead import events as ld
from domain.lead.life import LeadState
from domain.lead.parts import FactBy
from tests.domain.qualifying import BY_RULE, by_rule, message_by_rules, read
from tests.domain.sales import BRIEF, DEAL, PERSON, UNDO, disqualify, fact, hand_off, know, qualify, win
from tests.domain.spec import Step, World, given, the
from tests.domain.talk import (
    TALK,
    abandon,
    answer,
    close_journey,
    close_turn,
    erase,
    expire,
    lead,
    message,
    talk,
)

CLOSED = (message_by_rules(), close_turn)
UNBRIEFED = abandon("brief", lambda _: DEAL, stream=f"deal-{DEAL}")
ENOUGH = (fact("need", source="e1"), fact("budget", source="e2"))


def open_rows(world: World, kind: EffectKind) -> list[tuple[str, str]]:
    return [(row.key, row.version) for row in world.rows.of(kind)]


def test_a_turn_is_read_only_where_the_company_has_rules() -> None:
    without = given(message(), close_turn)
    assert open_rows(without.world, EffectKind.EXTRACT) == []
    spec = given(*CLOSED)
    reply = talk(spec.world).reading
    assert open_rows(spec.world, EffectKind.EXTRACT) == [(TALK, reply)]
    found = spec.when(read(fact("need"), dropped=2)).then(c.TurnRead, ld.LeadFactsRecorded, ld.LeadQualificationStarted)
    told = the(c.TurnRead, found)
    assert (told.reply, told.rules, told.found, told.dropped, told.superseded) == (reply, 4, 1, 2, False)
    recorded = the(ld.LeadFactsRecorded, found)
    assert (recorded.extraction, recorded.by) == (reply, FactBy.MACHINE)
    assert open_rows(spec.world, EffectKind.EXTRACT) == []
    spec.when(read(fact("need"))).then(c.TurnRead)  # by another runner, too: its cost is kept


def test_a_later_turn_is_read_with_what_the_one_before_said() -> None:
    """One reading at a time of a conversation; the one that is under way keeps what it found."""
    spec = given(*CLOSED)
    first = talk(spec.world).reading
    for step in (message_by_rules("more"), close_turn):
        spec.world.take(step)
    second = talk(spec.world).reading
    assert second != first
    assert open_rows(spec.world, EffectKind.EXTRACT) == [(TALK, second)]
    late = spec.when(read(fact("need"), reply=first)).then(
        c.TurnRead, ld.LeadFactsRecorded, ld.LeadQualificationStarted
    )
    assert the(c.TurnRead, late).superseded
    assert open_rows(spec.world, EffectKind.EXTRACT) == [(TALK, second)]
    spec.when(read()).then(c.TurnRead)
    assert open_rows(spec.world, EffectKind.EXTRACT) == []


@pytest.mark.parametrize("give_up", [abandon, expire])
def test_a_reading_is_given_up_without_a_word_to_the_lead(give_up: Any) -> None:
    spec = given(*CLOSED).when(give_up("extract", lambda _: TALK))
    spec.then(x.EffectAbandoned if give_up is abandon else x.EffectExpired)
    assert talk(spec.world).reading is None
    assert talk(spec.world).reply is not None, "the reply goes on"
    spec.refused("no_such_effect")
    given(message(), close_turn).when(give_up("extract", lambda _: TALK)).refused("no_such_effect")


def test_what_is_read_qualifies_and_hands_over_in_one_commit() -> None:
    spec = given(*CLOSED).when(read(*ENOUGH, intent="buy", handoff=BY_RULE))
    events = spec.then(
        c.TurnRead,
        ld.LeadFactsRecorded,
        ld.LeadQualificationStarted,
        ld.LeadQualified,
        ld.LeadHandedOff,
        d.DealOpened,
    )
    handed = the(ld.LeadHandedOff, events)
    assert (handed.deal, handed.reason, handed.assists) == (DEAL, HandoffReason.QUALIFIED, False)
    assert len(handed.evidence) == 1
    assert the(ld.LeadQualified, events).evidence == ("e1", "e2")
    assert lead(spec.world).state is LeadState.HANDED_OFF
    assert open_rows(spec.world, EffectKind.BRIEF) == [(DEAL, "")]
    spec.when(read(*ENOUGH, intent="buy", handoff=BY_RULE)).then(c.TurnRead)


def test_a_persons_facts_qualify_and_hand_over_too() -> None:
    spec = given(message(), actor=PERSON).when(know(*ENOUGH, intent="buy", handoff=BY_RULE))
    spec.then(ld.LeadFactsRecorded, ld.LeadQualificationStarted, ld.LeadQualified, ld.LeadHandedOff, d.DealOpened)


def test_a_stage_that_requires_more_leaves_them_qualified() -> None:
    for requires in (("value",), ("user",), ("fact:size",), ("brief",)):
        spec = given(*CLOSED).when(read(*ENOUGH, intent="buy", handoff=by_rule(*requires)))
        spec.then(c.TurnRead, ld.LeadFactsRecorded, ld.LeadQualificationStarted, ld.LeadQualified)
        assert lead(spec.world).state is LeadState.QUALIFIED
    spec = given(*CLOSED).when(read(*ENOUGH, intent="buy", handoff=by_rule("fact:need")))
    assert spec.then(
        c.TurnRead,
        ld.LeadFactsRecorded,
        ld.LeadQualificationStarted,
        ld.LeadQualified,
        ld.LeadHandedOff,
        d.DealOpened,
    )


def test_nothing_is_read_of_a_closed_or_forgotten_life() -> None:
    given(*CLOSED, close_journey()).when(read(*ENOUGH)).refused("journey_closed")
    given(*CLOSED, erase()).when(read(*ENOUGH)).refused("lead_erased")
    given().when(read(*ENOUGH)).refused("unknown_conversation")
    for facts in ((fact("Need"),), (fact("a"), fact("a")), (fact("a", confidence=101),)):
        with pytest.raises(Refused):
            given(*CLOSED).world.take(read(*facts))


def test_who_is_past_qualifying_is_known_better_and_nothing_more() -> None:
    for before in (qualify(), disqualify(), hand_off(deal=derived("by hand"))):
        spec = given(*CLOSED, before).when(read(*ENOUGH, intent="buy", handoff=BY_RULE))
        spec.then(c.TurnRead, ld.LeadFactsRecorded)


def test_an_intent_that_a_person_said_is_changed_by_no_machine() -> None:
    spec = given(*CLOSED)
    spec.world.take(read(intent="rent"))
    spec.world.actor = PERSON
    spec.world.take(know(intent="rent"))
    spec.world.actor = BOOTSTRAP
    spec.world.take(read(intent="buy", reply="r"))
    assert lead(spec.world).intent == "rent"
    spec.world.actor = PERSON
    spec.world.take(know(intent="buy"))
    assert lead(spec.world).intent == "buy"
    spec.when(know(intent="buy")).refused("facts_unchanged")


def test_a_brief_is_written_once_and_not_of_a_deal_that_is_over() -> None:
    spec = given(message(), hand_off())
    assert open_rows(spec.world, EffectKind.BRIEF) == [(DEAL, "")]
    spec.when(BRIEF).then(d.DealBriefed)
    assert open_rows(spec.world, EffectKind.BRIEF) == []
    spec.refused("already_briefed")
    for end in (UNDO, win()):
        over = given(message(), hand_off(), end)
        assert open_rows(over.world, EffectKind.BRIEF) == []
        over.when(BRIEF).refused("deal_over")
        over.when(UNBRIEFED).refused("no_such_effect")
    given_up = given(message(), hand_off()).when(UNBRIEFED)
    given_up.then(x.EffectAbandoned)
    given_up.refused("no_such_effect")
    given_up.when(BRIEF).then(d.DealBriefed)  # what was under way is not lost


KEYS = st.sampled_from(("need", "budget", "size"))
VALUES = st.sampled_from(("a", "b", "c"))
SAYS = st.tuples(st.booleans(), KEYS, VALUES, st.integers(0, 100), st.sampled_from(("buy", "rent", None)))


@for_all(st.lists(SAYS, max_size=25))
@settings(max_examples=300, deadline=None)
def test_what_a_person_said_is_changed_by_no_machine_in_any_order(said: list[Any]) -> None:
    world = World()
    for before in CLOSED:
        world.take(before)
    persons: dict[str, str] = {}
    for by_person, key, value, confidence, intent in said:
        world.actor = PERSON if by_person else BOOTSTRAP
        told = fact(key, value, confidence=confidence)
        step: Step = know(told, intent=intent) if by_person else read(told, intent=intent, reply="r")
        with suppress(Refused):  # facts_unchanged
            world.take(step)
        if by_person:
            persons[key] = value
            if intent is not None:
                persons["intent"] = intent
        now = lead(world)
        assert {key: now.facts[key].digest for key in persons if key != "intent"} == {
            key: value for key, value in persons.items() if key != "intent"
        }
        assert "intent" not in persons or now.intent == persons["intent"]


def test_a_reply_goes_on_beside_a_reading() -> None:
    given(*CLOSED, read(*ENOUGH, intent="buy", handoff=BY_RULE)).when(answer("one")).then(c.ReplyGenerated)
