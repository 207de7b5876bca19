"""A lead's way: what moves it on by itself, what people say, and what is not allowed."""

from __future__ import annotations

from typing import Final

import pytest

from domain.conversation import events as c
from domain.conversation.parts import AskReason, CancelReason
from domain.kernel.command import Command
from domain.kernel.ids import derived, event_id
from domain.lead import events as ld
from domain.lead.life import MAX_EVIDENCE, NEXT, WITH_DEAL, LeadState
from domain.lead.parts import StateReason
from tests.domain.sales import (
    PERSON,
    asleep,
    consent,
    disqualify,
    drowsy,
    fact,
    hand_off,
    know,
    lose,
    qualify,
    reopen,
    told_touch,
    touch,
    win,
)
from tests.domain.spec import Step, given, later, the
from tests.domain.talk import (
    answer,
    attempt,
    close_journey,
    close_turn,
    give_floor_back,
    lead,
    message,
    own_message,
    sent,
    take_floor,
)

_S = LeadState
ANSWERED: Final = (message(), close_turn, answer("one"), attempt(), sent())
STATES: Final[dict[LeadState, tuple[Step, ...]]] = {
    _S.NEW: (message(),),
    _S.CONTACTED: ANSWERED,
    _S.ENGAGED: (*ANSWERED, message("again")),
    _S.QUALIFYING: (message(), know(fact("need"))),
    _S.QUALIFIED: (message(), qualify()),
    _S.HANDED_OFF: (message(), hand_off()),
    _S.WON: (message(), hand_off(), win()),
    _S.LOST: (message(), hand_off(), lose()),
    _S.DISQUALIFIED: (message(), disqualify()),
    _S.OPTED_OUT: (message(), message("stop", opts_out=True)),
    _S.DORMANT: (drowsy(), later(days=3), asleep()),
}
ASKED: Final[dict[LeadState, Command]] = {
    _S.QUALIFIED: qualify(),
    _S.DISQUALIFIED: disqualify(),
    _S.HANDED_OFF: hand_off(deal="another"),
    _S.ENGAGED: reopen(),
}
"""State → the command with which a person asks for it."""


@pytest.mark.parametrize("state", STATES)
def test_there_is_a_way_to_every_state(state: LeadState) -> None:
    assert lead(given(*STATES[state]).world).state is state


@pytest.mark.parametrize("then", ASKED)
@pytest.mark.parametrize("now", STATES)
def test_what_the_table_does_not_allow_is_refused_with_a_code(now: LeadState, then: LeadState) -> None:
    world = given(*STATES[now]).world
    spec = given(*STATES[now]).when(ASKED[then])
    by_deal_only = now in WITH_DEAL and then is _S.HANDED_OFF
    still_selling = then is _S.ENGAGED and now not in (_S.WON, _S.LOST, _S.DISQUALIFIED, _S.DORMANT)
    if then not in NEXT[now] or by_deal_only or still_selling:
        spec.refused("illegal_transition")
    else:
        world.take(ASKED[then])
        assert lead(world).state is then


def test_the_first_answer_contacts_and_the_answer_to_it_engages() -> None:
    spec = given(*ANSWERED[:-1]).when(sent())
    contacted = the(ld.LeadContacted, spec.then(c.ChunkSent, ld.LeadContacted, c.ReplyFinished))
    assert contacted.evidence == (event_id(derived("command", spec.world.asked), 0),)
    events = spec.when(message("again")).then(c.MessageReceived, ld.LeadEngaged)
    assert the(ld.LeadEngaged, events).reason is StateReason.LEAD_ANSWERED
    spec.when(message("more")).then(c.MessageReceived)


def test_a_person_on_the_phone_contacts_too_but_not_with_what_was_typed_long_ago() -> None:
    given(message()).when(own_message()).then(c.HumanMessageSent, ld.LeadContacted, c.TurnDropped, c.FloorTaken)
    given(message()).when(own_message(late=True)).then(c.HumanMessageSent)


def test_nothing_moves_a_lead_whose_life_goes_on_elsewhere() -> None:
    attempted = (message(), close_turn, answer("one"), attempt(), close_journey())
    given(*attempted).when(sent()).then(c.ChunkSent, c.ReplyFinished)
    given(message(), close_journey()).when(qualify()).refused("journey_closed")


def test_who_opts_out_is_left_alone_and_a_deal_keeps_its_state() -> None:
    given(*STATES[_S.OPTED_OUT]).when(qualify()).refused("illegal_transition")
    world = given(message(), hand_off(), message("stop", opts_out=True)).world
    assert (lead(world).state, lead(world).opted_out) == (_S.HANDED_OFF, True)
    world.take(lose())
    assert lead(world).state is _S.LOST
    given(message(), hand_off(), lose(), message("stop", opts_out=True)).when(reopen()).refused("opted_out")


def test_reasons_are_of_their_kind_and_evidence_is_bounded() -> None:
    given(message()).when(disqualify(StateReason.RULES_MET)).refused("wrong_reason")
    given(message(), disqualify()).when(reopen(StateReason.NO_BUDGET)).refused("wrong_reason")
    given(message()).when(qualify(*("e",) * (MAX_EVIDENCE + 1))).refused("too_much_evidence")
    given().when(qualify()).refused("unknown_lead")


def test_after_the_handoff_people_answer() -> None:
    spec = given(message(), hand_off()).when(close_turn)
    dropped = the(c.TurnDropped, spec.then(c.TurnDropped, c.HumanAsked))
    assert dropped.reason is CancelReason.HANDED_OFF
    asked = the(c.HumanAsked, spec.when(message("more")).then(c.MessageReceived, c.HumanAsked))
    assert asked.reason is AskReason.HANDED_OFF
    spec.world.take(take_floor())
    assert the(c.FloorGivenBack, spec.when(give_floor_back()).then(c.FloorGivenBack)).turn is None
    assists = given(message(), hand_off(assists=True))
    assists.when(close_turn).then(c.TurnClosed)


def test_rules_qualify_when_all_is_known_and_people_are_not_overruled() -> None:
    spec = given(*ANSWERED).when(know(fact("need")))
    spec.then(ld.LeadFactsRecorded, ld.LeadQualificationStarted)
    spec.when(know(fact("budget", points=19, source="e2"), intent="buy")).then(ld.LeadFactsRecorded)
    spec.when(know(fact("size", points=1, source="e3"))).then(ld.LeadFactsRecorded, ld.LeadQualified)
    spec = given(message(), know(fact("need")), know(fact("budget", source="e2"), intent="look"))
    found = spec.when(know(intent="buy")).then(ld.LeadFactsRecorded, ld.LeadQualified)
    qualified = the(ld.LeadQualified, found)
    assert (qualified.rules, qualified.score, qualified.evidence) == (4, 60, ("e1", "e2"))
    assert qualified.reason is StateReason.RULES_MET


def test_a_machine_changes_neither_what_a_person_said_nor_what_it_was_surer_of() -> None:
    spec = given(message())
    spec.world.actor = PERSON
    spec.world.take(know(fact("need", "roof", confidence=100)))
    spec.world.actor = given().world.actor
    spec.when(know(fact("need", "floor", confidence=100))).refused("facts_unchanged")
    spec.world.take(know(fact("budget", "10", confidence=60)))
    spec.when(know(fact("budget", "20", confidence=59))).refused("facts_unchanged")
    spec.when(know(fact("budget", "10", confidence=99))).refused("facts_unchanged")
    spec.when(know(fact("budget", "20", confidence=60))).then(ld.LeadFactsRecorded)
    spec.world.actor = PERSON
    spec.when(know(fact("budget", "20", confidence=100))).then(ld.LeadFactsRecorded)


@pytest.mark.parametrize(
    ("step", "code"),
    [
        (know(fact("Need")), "fact_key_invalid"),
        (know(fact("a"), fact("a")), "fact_twice"),
        (know(fact("a", confidence=101)), "confidence_out_of_range"),
        (know(*(fact(f"k{n}") for n in range(101))), "too_many_facts"),
        (know(intent=""), "intent_invalid"),
        (know(), "facts_unchanged"),
        (told_touch(source="tv"), "touch_invalid"),
        (told_touch(ad=None, click=None, click_digest=None), "touch_invalid"),
        (told_touch(ad="x" * 201), "touch_invalid"),
    ],
)
def test_what_makes_no_sense_is_refused(step: Command, code: str) -> None:
    given(message()).when(step).refused(code)


def test_the_ad_that_a_message_came_from_is_kept_once() -> None:
    spec = given()
    events = spec.world.take(message("hi", touch=touch()))
    touched = the(ld.LeadTouched, events)
    received = next(n for n, event in enumerate(events) if isinstance(event, c.MessageReceived))
    assert touched.evidence == (event_id(derived("command", spec.world.asked), received),)
    spec.when(message("again", touch=touch())).then(c.MessageReceived)
    spec.when(told_touch()).refused("touch_known")
    spec.when(message("other", touch=touch(ad="2"))).then(c.MessageReceived, ld.LeadTouched)
    spec.when(message("odd", touch=touch(source="tv"))).then(c.MessageReceived)
    spec.when(told_touch(source="api", campaign="spring")).then(ld.LeadTouched)


def test_consent_is_said_once() -> None:
    spec = given(message()).when(consent())
    spec.then(ld.ConsentRecorded)
    spec.when(consent()).refused("consent_unchanged")
    spec.when(consent(given=False)).then(ld.ConsentRecorded)
