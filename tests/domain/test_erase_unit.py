"""A person is forgotten: everything of the journey ends with it, and what comes back is asked nothing twice."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from domain.conversation import events as c
from domain.conversation.parts import AskReason
from domain.effect.kinds import EffectKind
from domain.kernel.actor import RUNNER, Permission
from domain.kernel.errors import Forbidden
from domain.kernel.sealed import Sealed
from domain.lead import events as ld
from domain.lead.commands import UpdateContact
from tests.domain.spec import Step, World, given
from tests.domain.talk import (
    COMPLETE,
    FORGOTTEN,
    LEAD,
    answer,
    attempt,
    close_journey,
    close_turn,
    edit,
    erase,
    give_floor_back,
    message,
    own_message,
    receipt,
    sent,
    take_floor,
)

ATTEMPTED: Sequence[Step] = (message(), close_turn, answer("one", "two"), attempt())


def test_the_event_names_every_alias_and_where_the_time_after_begins() -> None:
    (event,) = given(message()).when(erase()).then(ld.LeadErased)
    assert isinstance(event, ld.LeadErased)
    assert (event.alias_hashes, event.ingress_ends, event.opted_out) == (("aa", "bb"), (7, 0, 9), False)


def test_an_opt_out_is_carried_along() -> None:
    (event,) = given(message("stop", opts_out=True)).when(erase()).then(ld.LeadErased)
    assert isinstance(event, ld.LeadErased)
    assert event.opted_out


@pytest.mark.parametrize("before", [(message(),), (message(), close_turn), ATTEMPTED[:3], ATTEMPTED])
def test_whatever_was_open_ends_and_the_erasing_is_due(before: Sequence[Step]) -> None:
    world = World()
    for step in (*before, erase()):
        world.take(step)
    assert set(world.rows.open) == {(EffectKind.ERASE, LEAD)}
    assert world.rows.open[EffectKind.ERASE, LEAD].due == world.at


def test_the_steps_follow_each_other_and_leave_nothing_open() -> None:
    world = World()
    for step in (message(), erase(), FORGOTTEN):
        world.take(step)
    assert {key: row.due for key, row in world.rows.open.items()} == {
        (EffectKind.COMPLETE_ERASURE, LEAD): FORGOTTEN.bodies_until
    }
    world.take(COMPLETE)
    assert not world.rows.open


REFUSED: Sequence[Step] = (
    message("more"), own_message(), edit(), receipt("out-1", "read"), take_floor(), give_floor_back(), close_turn,
    answer("x", reply="r"), attempt(chunk="x"), sent(), close_journey(), erase(),
    UpdateContact(lead=LEAD, name=Sealed(b"n"), name_digest="another"),
)  # fmt: skip


@pytest.mark.parametrize("step", REFUSED)
def test_nothing_else_is_decided_any_more(step: Step) -> None:
    given(*ATTEMPTED, erase()).when(step).refused("lead_erased")
    given(*ATTEMPTED, erase(), FORGOTTEN, COMPLETE).when(step).refused("lead_erased")


def test_a_journey_that_was_closed_into_another_is_erased_all_the_same() -> None:
    given(message(), close_journey()).when(erase()).then(ld.LeadErased)


def test_steps_out_of_order_are_refused() -> None:
    given().when(erase()).refused("unknown_lead")
    given(message()).when(FORGOTTEN).refused("not_erased")
    given(message(), erase()).when(COMPLETE).refused("not_forgotten")
    given(message(), erase(), FORGOTTEN).when(FORGOTTEN).refused("already_forgotten")
    given(message(), erase(), FORGOTTEN, COMPLETE).when(COMPLETE).refused("already_completed")


def test_who_opted_out_before_an_erasure_is_not_answered_after_it() -> None:
    events = given().when(message("back", opted_out_before=True)).then(
        ld.LeadCreated, ld.AliasLinked, ld.OptOutRecorded, ld.LeadOptedOut, ld.ContactUpdated, c.ConversationStarted,
        c.MessageReceived, c.HumanAsked,
    )  # fmt: skip
    received, asked = events[-2:]
    assert isinstance(received, c.MessageReceived)
    assert isinstance(asked, c.HumanAsked)
    assert (received.turn, asked.reason) == (None, AskReason.OPTED_OUT_WRITES)


def test_the_runner_may_finish_an_erasure_and_not_begin_one() -> None:
    assert Permission.LEAD_FORGET in RUNNER.grant
    world = World()
    world.take(message())
    world.actor = RUNNER
    with pytest.raises(Forbidden):
        world.take(erase())
