"""People take the floor, in Legion or on the phone, and receipts come for what either said."""

from __future__ import annotations

from domain.conversation import events as c
from domain.conversation.parts import AskReason, CancelReason, FloorReason
from domain.conversation.state import MAX_PARKED
from domain.effect import events as x
from domain.kernel.ids import derived
from domain.lead import events as ld
from tests.domain.spec import given, the
from tests.domain.talk import (
    abandon,
    answer,
    attempt,
    attempt_now,
    close_journey,
    close_turn,
    expire,
    give_floor_back,
    id_of_message,
    message,
    not_called,
    own_message,
    receipt,
    reply_now,
    sent,
    take_floor,
    talk,
)


def test_taking_the_floor_ends_the_turn_or_the_reply() -> None:
    spec = given(message()).when(take_floor())
    taken = the(c.FloorTaken, spec.then(c.TurnDropped, c.FloorTaken))
    assert (taken.reason, taken.by) == (FloorReason.TAKEN_IN_LEGION, "system:bootstrap")
    assert list(talk(spec.world).unanswered) == [id_of_message("hello")]
    given(message(), close_turn).when(take_floor()).then(c.ReplyCancelled, c.FloorTaken)
    given(message(), close_turn, answer("a", "b"), attempt()).when(take_floor()).then(c.ReplyCancelled, c.FloorTaken)


def test_the_floor_is_taken_and_given_back_once() -> None:
    given(message(), take_floor()).when(take_floor()).refused("floor_already_taken")
    given(message()).when(give_floor_back()).refused("floor_not_taken")
    given().when(take_floor()).refused("unknown_conversation")
    given(message(), close_journey()).when(take_floor()).refused("journey_closed")


def test_an_opted_out_lead_gets_no_turn_when_the_floor_is_given_back() -> None:
    spec = given(message(), take_floor(), message("stop", opts_out=True)).when(give_floor_back())
    assert the(c.FloorGivenBack, spec.then(c.FloorGivenBack)).turn is None


def test_typing_on_the_phone_silences_the_centurion_and_is_the_answer() -> None:
    spec = given(message(), close_turn, answer("a", "b")).when(own_message())
    events = spec.then(c.HumanMessageSent, ld.LeadContacted, c.ReplyCancelled, c.FloorTaken)
    assert the(c.ReplyCancelled, events).reason is CancelReason.FLOOR_TAKEN
    assert the(c.FloorTaken, events).reason is FloorReason.TYPED_ON_PHONE
    assert not talk(spec.world).unanswered
    spec.world.take(message("more"))
    spec.when(own_message("second", quoted_id="in-more"))
    assert the(c.HumanMessageSent, spec.then(c.HumanMessageSent)).quoted_id == "in-more"
    assert not talk(spec.world).unanswered


def test_what_was_typed_long_ago_changes_nothing() -> None:
    spec = given(message()).when(own_message(late=True))
    spec.then(c.HumanMessageSent)
    assert talk(spec.world).turn is not None
    spec.when(close_turn).then(c.TurnClosed)


def test_a_person_whom_we_write_to_first_becomes_a_lead() -> None:
    given().when(own_message()).then(
        ld.LeadCreated, ld.AliasLinked, c.ConversationStarted, c.HumanMessageSent, ld.LeadContacted, c.FloorTaken
    )
    given().when(own_message(conversation=derived("x"))).refused("wrong_conversation")
    given(message(), close_journey()).when(own_message()).refused("journey_closed")


def test_words_without_a_tag_are_never_an_echo() -> None:
    spec = given(message(), close_turn, answer("a"), attempt()).when(own_message("a", tag=None))
    spec.then(c.HumanMessageSent, ld.LeadContacted, c.ReplyCancelled, c.FloorTaken)


def test_after_the_floor_was_taken_an_uncalled_chunk_stays_unsent() -> None:
    spec = given(message(), close_turn, answer("only"), attempt(), take_floor()).when(not_called())
    assert the(c.ReplyCancelled, spec.then(c.ChunkNotCalled, c.ReplyCancelled)).reason is CancelReason.FLOOR_TAKEN


SENT = (message(), close_turn, answer("only"), attempt(), sent("out-1"))


def test_receipts_advance_and_never_go_back() -> None:
    spec = given(*SENT)
    spec.when(receipt("out-1", "delivered")).then(c.ReceiptRecorded)
    spec.when(receipt("out-1", "sent")).refused("receipt_not_newer")
    spec.when(receipt("out-1", "delivered")).refused("receipt_not_newer")
    spec.when(receipt("out-1", "read")).then(c.ReceiptRecorded)
    spec.when(receipt("out-1", "failed", "131026")).then(c.ReceiptRecorded)
    spec.when(receipt("out-1", "failed")).refused("receipt_not_newer")
    spec.when(receipt("out-1", "deleted")).then(c.ReceiptRecorded)
    spec.when(receipt("out-1", "sent")).then(c.ReceiptRecorded)
    spec.when(receipt("out-1", "eaten")).refused("unknown_status")


def test_receipts_of_what_a_lead_wrote_or_nobody_started_are_refused() -> None:
    given(message()).when(receipt("in-hello", "read")).refused("receipt_for_inbound")
    given().when(receipt("out-1", "read")).refused("unknown_conversation")
    given(message(), close_journey()).when(receipt("out-1", "read")).refused("journey_closed")


def test_a_receipt_that_comes_first_counts_when_its_chunk_is_known() -> None:
    spec = given(message(), close_turn, answer("only"), attempt())
    spec.when(receipt("out-1", "delivered")).then(c.ReceiptParked)
    spec.when(receipt("out-1", "delivered")).refused("receipt_not_newer")
    spec.when(receipt("out-1", "sent")).then(c.ReceiptParked)
    events = spec.when(sent("out-1")).then(c.ChunkSent, ld.LeadContacted, c.ReceiptRecorded, c.ReplyFinished)
    assert the(c.ReceiptRecorded, events).status == "delivered"
    assert not talk(spec.world).parked


def test_a_receipt_that_comes_before_what_was_typed_counts_too() -> None:
    spec = given(message(), receipt("own-typed", "read")).when(own_message())
    spec.then(c.HumanMessageSent, ld.LeadContacted, c.ReceiptRecorded, c.TurnDropped, c.FloorTaken)


def test_parked_receipts_are_bounded() -> None:
    spec = given(message(), *[receipt(f"p{n}", "sent") for n in range(MAX_PARKED + 3)])
    assert len(talk(spec.world).parked) == MAX_PARKED
    assert "p0" not in talk(spec.world).parked


def test_an_effect_that_cannot_be_carried_out_ends_and_asks_for_a_human() -> None:
    spec = given(message()).when(abandon("close_turn", lambda w: t.turn if (t := talk(w).turn) else ""))
    events = spec.then(x.EffectAbandoned, c.TurnDropped, c.HumanAsked)
    assert the(c.HumanAsked, events).reason is AskReason.EFFECT_ABANDONED

    spec = given(message(), close_turn).when(expire("reply", lambda w: reply_now(w).reply))
    events = spec.then(x.EffectExpired, c.ReplyCancelled, c.HumanAsked)
    assert the(c.ReplyCancelled, events).reason is CancelReason.EXPIRED

    spec = given(message(), close_turn, answer("a")).when(expire("chunk", lambda w: reply_now(w).pending[0].chunk))
    spec.then(x.EffectExpired, c.ReplyCancelled, c.HumanAsked)


def test_giving_up_to_resolve_an_attempt_means_that_nobody_knows() -> None:
    spec = given(message(), close_turn, answer("a", "b"), attempt())
    spec.when(abandon("chunk", lambda w: a.piece.chunk if (a := attempt_now(w)) else "")).refused("chunk_attempted")
    spec.when(abandon("resolve", lambda w: a.piece.chunk if (a := attempt_now(w)) else ""))
    spec.then(x.EffectAbandoned, c.ChunkOutcomeUnknown, c.ReplyCancelled, c.HumanAsked)


def test_an_effect_that_is_not_open_cannot_be_given_up() -> None:
    for kind in ("close_turn", "reply", "chunk", "resolve", "rerun", "nonsense"):
        given(message()).when(abandon(kind)).refused("no_such_effect")
        given().when(expire(kind)).refused("no_such_effect")
