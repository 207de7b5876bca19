"""Deals: the handoff that opens one, its way through stages, and its end."""

from __future__ import annotations

from typing import Any

import pytest

from domain.deal import events as d
from domain.deal.parts import ActivityKind, DealItem, DealState, Money
from domain.deal.policies import UNDO_WITHIN
from domain.kernel.command import Command
from domain.kernel.errors import Refused
from domain.kernel.ids import derived
from domain.kernel.money import MAX_AMOUNT
from domain.lead import events as ld
from domain.lead.life import LeadState
from domain.lead.parts import AssignReason
from tests.domain import staff
from tests.domain.sales import (
    BRIEF,
    DEAL,
    DONE,
    IN_TALK,
    OFFERED,
    REAIS,
    REOPEN_DEAL,
    UNDO,
    activity,
    deal,
    disqualify,
    fact,
    hand_off,
    know,
    lose,
    move,
    qualify,
    reopen,
    value,
    win,
)
from tests.domain.spec import START, Later, given, the
from tests.domain.talk import assign_lead, close_journey, lead, message

OPENED = (message(), qualify(), hand_off())


def test_a_handoff_is_one_commit_of_lead_and_deal() -> None:
    spec = given(message(), qualify()).when(hand_off(value=REAIS, assigns=True, user=staff.ANA, team="t"))
    events = spec.then(ld.LeadAssigned, ld.LeadHandedOff, d.DealOpened)
    assert the(ld.LeadAssigned, events).reason is AssignReason.HANDOFF
    opened = the(d.DealOpened, events)
    assert (opened.deal, opened.stage, opened.value) == (DEAL, IN_TALK.stage, REAIS)
    spec = given(message(), assign_lead(staff.ANA))
    spec.when(hand_off()).then(ld.LeadHandedOff, d.DealOpened)
    assert lead(spec.world).assigned_user == staff.ANA
    same = hand_off(assigns=True, user=staff.ANA)
    given(message(), assign_lead(staff.ANA)).when(same).then(ld.LeadHandedOff, d.DealOpened)


def test_a_lead_has_one_open_deal() -> None:
    given(*OPENED).when(hand_off(deal="another")).refused("illegal_transition")
    given(*OPENED).when(hand_off()).refused("illegal_transition")
    given(*OPENED, lose(), reopen()).when(hand_off()).refused("deal_exists")
    given(*OPENED, lose(), reopen()).when(hand_off(deal="another")).then(ld.LeadHandedOff, d.DealOpened)
    given(message(), disqualify()).when(hand_off()).refused("illegal_transition")
    given().when(hand_off()).refused("unknown_lead")


def test_a_handoff_is_undone_for_a_while_and_leaves_no_deal() -> None:
    spec = given(*OPENED).when(UNDO)
    assert the(ld.HandoffUndone, spec.then(ld.HandoffUndone, d.DealWithdrawn)).state is LeadState.QUALIFIED
    assert (lead(spec.world).state, lead(spec.world).deal) == (LeadState.QUALIFIED, None)
    spec.when(UNDO).refused("deal_over")
    spec.when(hand_off(deal="another")).then(ld.LeadHandedOff, d.DealOpened)
    given(*OPENED, Later(UNDO_WITHIN)).when(UNDO).then(ld.HandoffUndone, d.DealWithdrawn)
    given(*OPENED, Later(UNDO_WITHIN * 1.01)).when(UNDO).refused("too_late")
    stopped = given(*OPENED, message("stop", opts_out=True)).when(UNDO)
    assert the(ld.HandoffUndone, stopped.then(ld.HandoffUndone, d.DealWithdrawn)).state is LeadState.OPTED_OUT


def test_a_stage_says_what_it_requires() -> None:
    given(*OPENED).when(move()).refused("stage_requires")
    given(*OPENED, value()).when(move()).refused("stage_requires")
    spec = given(*OPENED, value(), know(fact("budget"))).when(move())
    moved = the(d.DealMoved, spec.then(d.DealMoved))
    assert (moved.before, moved.stage) == (IN_TALK.stage, OFFERED.stage)
    spec.when(move()).refused("stage_unchanged")
    given(message()).when(hand_off(place=OFFERED)).refused("stage_requires")
    given(message(), know(fact("budget"))).when(hand_off(place=OFFERED, value=REAIS)).then(
        ld.LeadHandedOff, d.DealOpened
    )


ITEM = DealItem(service="roof", quantity=3, price=50_000)


@pytest.mark.parametrize(
    ("step", "code"),
    [
        (value(Money(minor=-1, currency="BRL")), "value_out_of_range"),
        (value(Money(minor=MAX_AMOUNT + 1, currency="BRL")), "value_out_of_range"),
        (value(Money(minor=1, currency="XXQ")), "unknown_currency"),
        (value(Money(minor=1, currency="brl")), "unknown_currency"),
        (value(REAIS, ITEM), "value_is_not_the_sum"),
        (value(REAIS, *(ITEM,) * 101), "too_many_items"),
        (value(REAIS, DealItem(service="roof", quantity=0, price=1)), "item_out_of_range"),
        (value(REAIS, DealItem(service="roof", quantity=1, price=-1)), "item_out_of_range"),
        (activity(text=None), "activity_invalid"),
        (activity(due_at=START), "activity_invalid"),
        (activity(kind=ActivityKind.TASK), "activity_invalid"),
        (activity(file="f"), "activity_invalid"),
        (activity(kind=ActivityKind.FILE), "activity_invalid"),
        (DONE, "unknown_activity"),
        (REOPEN_DEAL, "deal_open"),
    ],
)
def test_what_makes_no_sense_is_refused(step: Command, code: str) -> None:
    given(*OPENED).when(step).refused(code)


def test_a_value_is_a_sum_of_items_or_a_word() -> None:
    spec = given(*OPENED).when(value(Money(minor=150_000, currency="BRL"), ITEM))
    spec.then(d.DealValued)
    spec.refused("value_unchanged")
    spec.when(value()).then(d.DealValued)
    assert deal(spec.world).items == ()
    given(message()).when(hand_off(value=Money(minor=1, currency="XXQ"))).refused("unknown_currency")


@pytest.mark.parametrize(("end", "state"), [(win(), LeadState.WON), (lose(), LeadState.LOST)])
def test_lead_and_deal_end_together_and_are_reopened_together(end: Command, state: LeadState) -> None:
    spec = given(*OPENED, end)
    assert (deal(spec.world).state, lead(spec.world).state) == (DealState(state), state)
    for step in (win(), lose(), move(), value(), BRIEF):
        spec.when(step).refused("deal_over")
    spec.when(REOPEN_DEAL).then(d.DealReopened, ld.LeadReopened)
    assert lead(spec.world).state is LeadState.HANDED_OFF
    given(*OPENED, end, reopen()).when(REOPEN_DEAL).refused("newer_deal")
    given(*OPENED, UNDO).when(REOPEN_DEAL).refused("deal_withdrawn")


def test_a_deal_is_reached_also_when_its_lead_goes_on_elsewhere() -> None:
    spec = given(*OPENED, close_journey()).when(win())
    spec.then(d.DealWon, ld.LeadWon)


def test_another_leads_deal_is_unknown() -> None:
    other: dict[str, Any] = {"lead": derived("another lead"), "deal": DEAL}
    spec = given(*OPENED)
    with pytest.raises(Refused, match="unknown_deal"):
        spec.world.ask(type(win())(**other, reason=None, evidence=()))
    given(message()).when(win()).refused("unknown_deal")


def test_what_is_done_about_a_deal_is_kept_also_after_its_end() -> None:
    task = activity("task", kind=ActivityKind.TASK, due_at=START)
    spec = given(*OPENED, lose()).when(task)
    spec.then(d.ActivityAdded)
    spec.refused("activity_exists")
    spec.when(DONE).then(d.ActivityDone)
    spec.refused("already_done")
    spec.when(activity("paper", kind=ActivityKind.FILE, text=None, file="f")).then(d.ActivityAdded)
    given(*OPENED, BRIEF).when(BRIEF).refused("already_briefed")
