"""Who has not written for long is asleep, and wakes when they write."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.conversation import events as c
from domain.deal import events as d
from domain.effect import events as x
from domain.effect.kinds import EffectKind
from domain.lead import events as ld
from domain.lead.life import LeadState
from domain.lead.parts import StateReason
from tests.domain.sales import asleep, disqualify, drowsy, fact, hand_off, know, qualify, reopen
from tests.domain.spec import START, Step, World, given, later, the
from tests.domain.talk import LEAD, abandon, close_journey, close_turn, erase, lead, message

SILENT = (drowsy(), later(days=3))


def due(world: World) -> list[timedelta]:
    return [row.due - START for row in world.rows.of(EffectKind.DORMANCY)]


def test_silence_is_awaited_once_and_put_off_to_what_was_written_since() -> None:
    spec = given(drowsy())
    assert due(spec.world) == [timedelta(days=3)]
    spec.world.take(later(days=2))
    spec.when(drowsy("more")).then(c.MessageReceived)
    spec.world.take(later(days=1))
    put_off = the(ld.SilenceAwaited, spec.when(asleep(heard_days_ago=1)).then(ld.SilenceAwaited))
    assert put_off.due - START == timedelta(days=5)
    assert due(spec.world) == [timedelta(days=5)]


def test_who_was_silent_is_asleep_and_wakes_when_they_write() -> None:
    spec = given(*SILENT).when(asleep())
    slept = the(ld.LeadDormant, spec.then(ld.LeadDormant))
    assert (slept.reason, slept.evidence) == (StateReason.SILENCE, ("m1",))
    assert due(spec.world) == []
    spec.refused("not_awaited")
    woken = spec.when(drowsy("hello again")).then(c.MessageReceived, ld.LeadReopened, ld.SilenceAwaited)
    assert the(ld.LeadReopened, woken).reason is StateReason.LEAD_WROTE
    assert lead(spec.world).state is LeadState.ENGAGED
    assert due(spec.world) == [timedelta(days=6)]


def test_who_wakes_is_qualified_by_what_was_known() -> None:
    known = know(fact("need"), fact("budget"), intent="look")
    spec = given(drowsy(), known, later(days=3), asleep(), drowsy("I buy"))
    spec.when(know(intent="buy")).then(ld.LeadFactsRecorded, ld.LeadQualificationStarted, ld.LeadQualified)


def test_what_was_said_while_somebody_looked_counts() -> None:
    given(*SILENT).when(asleep(behind=1)).refused("heard_meanwhile")


@pytest.mark.parametrize("step", [disqualify(), hand_off(), drowsy("stop"), close_journey(), erase()])
def test_nobody_waits_for_who_is_not_sold_to(step: Step) -> None:
    over = message("stop", opts_out=True) if step == drowsy("stop") else step
    assert due(given(drowsy(), over).world) == []


def test_a_company_without_such_a_rule_lets_them_be_silent() -> None:
    spec = given(message(), later(days=400))
    assert due(spec.world) == []
    spec.when(asleep()).refused("not_awaited")


def test_who_sleeps_is_handed_over_qualified_or_woken_by_people() -> None:
    for step, state in ((qualify(), LeadState.QUALIFIED), (reopen(), LeadState.ENGAGED)):
        spec = given(*SILENT, asleep(), step)
        assert lead(spec.world).state is state
    given(*SILENT, asleep()).when(hand_off()).then(ld.LeadHandedOff, d.DealOpened)


def test_nobody_looks_any_more_when_it_is_given_up() -> None:
    spec = given(*SILENT).when(abandon("dormancy", lambda _: LEAD, stream=f"lead-{LEAD}"))
    spec.then(x.EffectAbandoned)
    spec.refused("no_such_effect")
    assert due(spec.world) == []
    spec.when(drowsy("more")).then(c.MessageReceived, ld.SilenceAwaited)


def test_an_answered_burst_moves_nothing() -> None:
    """Control: only what the lead writes counts."""
    assert due(given(drowsy(), close_turn).world) == [timedelta(days=3)]
