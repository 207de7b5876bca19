"""What follows when a lead writes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.conversation import events as c
from domain.conversation.parts import AliasRef, AskReason, CancelReason, SourcePosition
from domain.conversation.state import MAX_UNANSWERED
from domain.kernel.clock import to_us
from domain.kernel.ids import derived
from domain.kernel.sealed import Sealed
from domain.lead import events as ld
from tests.domain.spec import START, given, later, the
from tests.domain.talk import (
    IDS,
    PHONE,
    TALK,
    answer,
    attempt,
    close_journey,
    close_turn,
    delete,
    edit,
    give_floor_back,
    id_of_message,
    lead,
    message,
    reaction,
    sent,
    take_floor,
    talk,
)

SECOND = 1_000_000
T0 = to_us(START)


def test_the_first_message_makes_lead_and_conversation_in_one_commit() -> None:
    spec = given().when(message())
    events = spec.then(ld.LeadCreated, ld.AliasLinked, ld.ContactUpdated, c.ConversationStarted, c.MessageReceived)
    turn = the(c.MessageReceived, events).turn
    assert turn is not None
    assert (turn.first_us, turn.last_us, turn.due_us) == (T0, T0, T0 + 4 * SECOND)
    assert turn.last_message == id_of_message("hello")


def test_only_new_aliases_and_another_name_are_recorded() -> None:
    lid = AliasRef(scheme="lid", alias_hash="bb", value=Sealed(b"lid"))
    again = message("two", aliases=(PHONE, lid), name_digest="other")
    given(message()).when(again).then(ld.AliasLinked, ld.ContactUpdated, c.MessageReceived)


def test_a_burst_moves_the_turn_until_the_cap() -> None:
    spec = given(message("0"), *[step for n in range(1, 7) for step in (later(seconds=3), message(str(n)))])
    turn = talk(spec.world).turn
    assert turn is not None
    assert (turn.first_us, turn.last_us) == (T0, T0 + 18 * SECOND)
    assert turn.due_us == T0 + 20 * SECOND, "the cap counts from the first message"
    assert turn.last_message == id_of_message("6")


def test_a_turn_is_never_due_in_the_past() -> None:
    spec = given(message("0"), later(minutes=5), message("1"))
    turn = talk(spec.world).turn
    assert turn is not None
    assert turn.due_us == to_us(spec.world.at)


def test_the_same_provider_id_is_refused_for_fifteen_days() -> None:
    spec = given(message(), later(days=14.9))
    spec.when(message()).refused("duplicate")
    spec.world.take(later(days=0.2))
    spec.when(message()).then(c.MessageReceived)


def test_a_message_after_many_days_forgets_the_old_ids() -> None:
    spec = given(message(), later(days=16), message("new"))
    assert list(talk(spec.world).incoming.ids) == ["in-new"]


def test_there_is_one_conversation_for_a_lead_and_an_instance() -> None:
    given().when(message(conversation=derived("another"))).refused("wrong_conversation")
    given(message()).when(message("two", instance=derived("another"))).refused("wrong_conversation")


def test_opt_out_ends_the_turn_and_the_reply() -> None:
    spec = given(message()).when(message("stop", opts_out=True))
    events = spec.then(c.MessageReceived, ld.OptOutRecorded, ld.LeadOptedOut, c.TurnDropped)
    assert the(c.TurnDropped, events).reason is CancelReason.OPT_OUT
    spec = given(message(), close_turn, answer("a")).when(message("stop", opts_out=True))
    events = spec.then(c.MessageReceived, ld.OptOutRecorded, ld.LeadOptedOut, c.ReplyCancelled)
    assert the(c.ReplyCancelled, events).reason is CancelReason.OPT_OUT
    assert talk(spec.world).cancels == 0, "only messages count as cancels"


def test_opt_out_is_honoured_late_and_while_people_have_the_floor() -> None:
    given(message()).when(message("stop", opts_out=True, late=True)).then(
        c.MessageReceived, ld.OptOutRecorded, ld.LeadOptedOut, c.TurnDropped
    )
    given(message(), take_floor()).when(message("stop", opts_out=True)).then(
        c.MessageReceived, ld.OptOutRecorded, ld.LeadOptedOut
    )


@pytest.mark.parametrize("opts_out", [False, True])
def test_an_opted_out_lead_who_writes_is_shown_to_a_human(opts_out: bool) -> None:
    spec = given(message(), message("stop", opts_out=True)).when(message("hm", opts_out=opts_out))
    if opts_out:
        spec.then(c.MessageReceived)
    else:
        events = spec.then(c.MessageReceived, c.HumanAsked)
        assert the(c.HumanAsked, events).reason is AskReason.OPTED_OUT_WRITES


def test_a_late_message_opens_no_turn_and_asks_for_a_human() -> None:
    spec = given(message("first"), close_turn).when(message("old", late=True))
    events = spec.then(c.MessageReceived, c.HumanAsked)
    assert the(c.HumanAsked, events).reason is AskReason.LATE_MESSAGE
    assert the(c.MessageReceived, events).turn is None
    assert talk(spec.world).reply is not None, "nor does it cancel a reply"


def test_a_late_message_does_not_move_an_open_turn_but_is_answered_with_it() -> None:
    spec = given(message("first"), message("old", late=True)).when(close_turn)
    closed = the(c.TurnClosed, spec.then(c.TurnClosed))
    assert closed.messages == (id_of_message("first"), id_of_message("old"))


def test_without_a_centurion_a_human_is_asked() -> None:
    spec = given(message("first")).when(message("second", handling=None))
    events = spec.then(c.MessageReceived, c.HumanAsked)
    assert the(c.HumanAsked, events).reason is AskReason.NO_CENTURION


def test_what_nobody_can_read_asks_nothing() -> None:
    spec = given(message("first"), close_turn).when(message("?", kind="unsupported"))
    assert the(c.MessageReceived, spec.then(c.MessageReceived)).turn is None
    assert not talk(spec.world).unanswered


def test_a_poll_is_answered_like_words() -> None:
    assert the(c.MessageReceived, given(message()).when(message("p", kind="poll")).then(c.MessageReceived)).turn


def test_while_people_have_the_floor_messages_wait_for_them() -> None:
    spec = given(message("first"), take_floor()).when(message("second"))
    assert the(c.MessageReceived, spec.then(c.MessageReceived)).turn is None
    assert list(talk(spec.world).unanswered) == [id_of_message("first"), id_of_message("second")]


def test_a_new_message_cancels_the_reply_in_the_making_and_both_get_one_reply() -> None:
    spec = given(message("a"), message("b"), close_turn).when(message("c"))
    cancelled = the(c.ReplyCancelled, spec.then(c.MessageReceived, c.ReplyCancelled))
    assert (cancelled.reason, cancelled.by_message) == (CancelReason.NEW_MESSAGE, id_of_message("c"))
    closed = the(c.TurnClosed, spec.when(close_turn).then(c.TurnClosed))
    assert closed.messages == tuple(map(id_of_message, "abc"))
    assert closed.cancels == 1


def test_a_new_message_cancels_unsent_chunks() -> None:
    spec = given(message("a"), close_turn, answer("one", "two"), attempt(), sent()).when(message("b"))
    spec.then(c.MessageReceived, ld.LeadEngaged, c.ReplyCancelled)
    closed = the(c.TurnClosed, spec.when(close_turn).then(c.TurnClosed))
    assert closed.messages == (id_of_message("a"), id_of_message("b")), "half an answer is none"


def test_messages_cancel_two_replies_in_a_row_and_then_wait_for_the_third() -> None:
    spec = given(message("a"), close_turn, message("b"), close_turn, message("c"), close_turn)
    assert talk(spec.world).cancels == 2
    assert the(c.MessageReceived, spec.when(message("d")).then(c.MessageReceived)).turn is None
    spec.world.take(answer("one"))
    spec.world.take(later(seconds=1))
    spec.when(message("e")).then(c.MessageReceived)
    spec.world.take(attempt())
    finished = the(c.ReplyFinished, spec.when(sent()).then(c.ChunkSent, ld.LeadContacted, c.ReplyFinished))
    assert finished.turn is not None
    assert (finished.turn.first_us, finished.turn.last_us) == (T0, T0 + SECOND)
    assert finished.turn.last_message == id_of_message("e")
    assert talk(spec.world).cancels == 0
    closed = the(c.TurnClosed, spec.when(close_turn).then(c.TurnClosed))
    assert closed.messages == (id_of_message("d"), id_of_message("e"))


def test_a_reply_whose_last_chunk_is_under_way_is_not_cancelled() -> None:
    spec = given(message("a"), close_turn, answer("one"), attempt()).when(message("b"))
    assert the(c.MessageReceived, spec.then(c.MessageReceived)).turn is None
    finished = the(c.ReplyFinished, spec.when(sent()).then(c.ChunkSent, ld.LeadContacted, c.ReplyFinished))
    assert finished.turn is not None
    assert finished.turn.due_us == T0 + 4 * SECOND


def test_only_messages_that_ask_for_an_answer_wait_for_the_reply() -> None:
    waiting = (message("b", late=True), message("c", handling=None), message("d", kind="unsupported"))
    spec = given(message("a"), close_turn, answer("one"), attempt(), *waiting).when(sent())
    assert the(c.ReplyFinished, spec.then(c.ChunkSent, ld.LeadContacted, c.ReplyFinished)).turn is None


def test_a_flood_is_answered_by_its_newest_messages() -> None:
    spec = given(*[message(str(n)) for n in range(MAX_UNANSWERED + 5)]).when(close_turn)
    closed = the(c.TurnClosed, spec.then(c.TurnClosed))
    assert len(closed.messages) == MAX_UNANSWERED
    assert closed.messages[-1] == id_of_message(str(MAX_UNANSWERED + 4))


def test_a_message_to_a_closed_journey_is_moved_once_for_each_run() -> None:
    spec = given(message(), close_journey()).when(message("late one"))
    moved = the(ld.MessageMoved, spec.then(ld.MessageMoved))
    assert (moved.source_partition, moved.source_offset, moved.run) == (2, 77, 1)
    spec.when(message("late one")).refused("duplicate")
    again = message("late one", source=SourcePosition(partition=2, offset=77, run=1))
    assert the(ld.MessageMoved, spec.when(again).then(ld.MessageMoved)).run == 2


def test_a_flood_of_moved_messages_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("domain.lead.decide.MAX_MOVED", 1)
    given(message(), close_journey(), message("a")).when(message("b")).refused("too_many_moved")


def test_edits_deletes_and_reactions_are_recorded_and_change_nothing_else() -> None:
    for touch, event in ((edit(), c.MessageEdited), (delete(), c.MessageDeleted), (reaction(), c.ReactionReceived)):
        spec = given(message(), close_turn)
        spec.when(touch).then(event)
        assert talk(spec.world).reply is not None
        spec.when(touch).refused("duplicate")
        given().when(touch).refused("unknown_conversation")
        given(message(), close_journey()).when(touch).refused("journey_closed")


def test_an_edit_that_bears_its_targets_id_is_no_duplicate() -> None:
    given(message()).when(edit("in-hello", provider_id="in-hello")).then(c.MessageEdited)


def test_a_message_that_comes_after_its_own_edit_or_deletion_is_no_duplicate() -> None:
    for touch in (edit("in-b", provider_id="in-b"), delete("in-b", provider_id="in-b")):
        spec = given(message(), touch).when(message("b"))
        assert the(c.MessageReceived, spec.then(c.MessageReceived)).provider_id == "in-b"


def test_the_conversation_of_another_lead_is_unknown() -> None:
    given(message()).when(edit(lead=derived("somebody else"))).refused("unknown_conversation")


def test_giving_the_floor_back_schedules_what_is_unanswered_a_window_from_now() -> None:
    spec = given(message("a"), take_floor(), message("b"), later(minutes=1)).when(give_floor_back())
    turn = the(c.FloorGivenBack, spec.then(c.FloorGivenBack)).turn
    assert turn is not None
    assert turn.due_us == to_us(spec.world.at + timedelta(seconds=4))
    closed = the(c.TurnClosed, spec.when(close_turn).then(c.TurnClosed))
    assert closed.messages == (id_of_message("a"), id_of_message("b"))


def test_a_lead_knows_its_aliases_and_name() -> None:
    world = given(message()).world
    assert lead(world).aliases == {"aa"}
    assert lead(world).name_digest == "digest"
    assert IDS["conversation"] == TALK
