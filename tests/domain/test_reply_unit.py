"""From the end of the window to the last chunk's outcome."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.conversation import commands as cc
from domain.conversation import events as c
from domain.conversation.parts import AskReason, CancelReason, Chunk, FloorReason, SentHow
from domain.conversation.policies import MAX_CHUNKS
from domain.conversation.state import MAX_UNKNOWN
from domain.kernel.actor import RUNNER
from domain.kernel.ids import derived
from domain.kernel.sealed import Sealed
from domain.lead import events as ld
from tests.domain.spec import World, given, the
from tests.domain.talk import (
    IDS,
    ROSA,
    USAGE,
    answer,
    attempt,
    close_journey,
    close_turn,
    fail_answer,
    failed,
    give_floor_back,
    id_of_message,
    message,
    not_called,
    opt_out_elsewhere,
    own_message,
    rejected,
    reply_now,
    sent,
    take_floor,
    talk,
    unknown,
)

ASKED = (message(), close_turn)
ANSWERED = (*ASKED, answer("one", "two", "three"))
ATTEMPTED = (*ANSWERED, attempt())
STOP = message("stop", opts_out=True)


def test_closing_the_turn_starts_one_reply_by_the_centurion_as_last_carried() -> None:
    closed = the(c.TurnClosed, given(message()).when(close_turn).then(c.TurnClosed))
    assert (closed.centurion, closed.centurion_version) == (ROSA.centurion, 3)
    assert closed.reply == derived("reply", closed.turn, id_of_message("hello"))
    assert (closed.messages, closed.cancels) == ((id_of_message("hello"),), 0)


def test_a_stale_or_unknown_turn_is_not_closed() -> None:
    def stale(world: World) -> cc.CloseTurn:
        turn = talk(world).turn
        assert turn is not None
        return cc.CloseTurn(**IDS, turn=turn.turn, last_message=id_of_message("hello"))

    given(message(), message("two")).when(stale).refused("stale_turn")
    given(*ASKED).when(close_turn).refused("no_open_turn")
    given(message(), take_floor()).when(close_turn).refused("floor_taken")
    given().when(close_turn).refused("unknown_conversation")
    given(message(), close_journey()).when(close_turn).refused("journey_closed")


def test_the_turn_of_a_lead_who_opted_out_elsewhere_ends_without_a_reply() -> None:
    spec = given(message(), opt_out_elsewhere()).when(close_turn)
    assert the(c.TurnDropped, spec.then(c.TurnDropped)).reason is CancelReason.OPT_OUT


def test_a_reply_says_how_it_came_about() -> None:
    made = the(c.ReplyGenerated, given(*ASKED).when(answer("one", "two")).then(c.ReplyGenerated))
    assert (made.centurion, made.centurion_version, made.usage) == (ROSA.centurion, 3, USAGE)
    assert [chunk.seq for chunk in made.chunks] == [0, 1]


def test_a_reply_that_is_not_in_the_making_is_discarded_with_its_cost() -> None:
    spec = given(*ASKED)
    old = reply_now(spec.world).reply
    spec.world.take(message("two"))
    discarded = the(c.ReplyDiscarded, spec.when(answer("one", reply=old)).then(c.ReplyDiscarded))
    assert discarded.usage == USAGE
    given(*ANSWERED).when(answer("once more")).then(c.ReplyDiscarded)
    spec.when(fail_answer("sorry", reply=old)).refused("reply_not_in_making")


def test_a_reply_has_chunks_in_order() -> None:
    given(*ASKED).when(answer()).refused("no_chunks")
    given(*ASKED).when(answer(*"x" * (MAX_CHUNKS + 1))).refused("too_many_chunks")
    twice = tuple(Chunk(chunk="same", seq=seq, text=Sealed(b""), tag="", typing_ms=0) for seq in (0, 1))
    wrong = cc.RecordReplyFailure(**IDS, reply="?", code="x", fallback=twice)
    given(*ASKED).when(
        lambda world: cc.RecordReplyFailure(**IDS, reply=reply_now(world).reply, code="x", fallback=twice)
    ).refused("chunks_not_in_order")
    given(*ASKED).when(wrong).refused("reply_not_in_making")


def test_a_reply_to_a_lead_who_opted_out_elsewhere_is_not_sent() -> None:
    given(*ASKED, opt_out_elsewhere()).when(answer("one")).then(c.ReplyCancelled, c.ReplyDiscarded)
    given(*ASKED, opt_out_elsewhere()).when(fail_answer("sorry")).then(c.ReplyCancelled)
    given(*ANSWERED, opt_out_elsewhere()).when(attempt()).refused("opted_out")


def test_an_ai_that_fails_leads_to_the_fallback_or_gives_people_the_floor() -> None:
    spec = given(*ASKED).when(fail_answer("sorry"))
    spec.then(c.ReplyFailed)
    spec.when(attempt()).then(c.ChunkAttempted)
    spec = given(*ASKED, actor=RUNNER).when(fail_answer())
    taken = the(c.FloorTaken, spec.then(c.ReplyFailed, c.FloorTaken))
    assert (taken.reason, taken.by) == (FloorReason.AI_FAILED, "system:effect-runner")
    assert list(talk(spec.world).unanswered) == [id_of_message("hello")]


def test_chunks_go_out_one_after_the_other_and_the_last_finishes_the_reply() -> None:
    spec = given(*ATTEMPTED)
    spec.when(sent("out-1")).then(c.ChunkSent, ld.LeadContacted)
    spec.world.take(attempt("second"))
    spec.when(sent("out-2", "second")).then(c.ChunkSent)
    spec.world.take(attempt("third"))
    finished = the(c.ReplyFinished, spec.when(sent("out-3", "third")).then(c.ChunkSent, c.ReplyFinished))
    assert (finished.sent, finished.turn) == (3, None)
    assert not talk(spec.world).unanswered


def test_an_attempt_is_resolved_thirty_seconds_after_its_time_out() -> None:
    spec = given(*ANSWERED).when(attempt(timeout_ms=10_000))
    assert the(c.ChunkAttempted, spec.then(c.ChunkAttempted)).resolve_at == spec.world.at + timedelta(seconds=40)


def test_only_the_first_pending_chunk_may_be_attempted_and_only_by_one() -> None:
    given(*ANSWERED).when(attempt(index=1)).refused("earlier_chunk_open")
    given(*ATTEMPTED).when(attempt("other")).refused("earlier_chunk_open")
    spec = given(*ATTEMPTED)
    current = talk(spec.world).attempt
    assert current is not None
    spec.when(attempt("other", chunk=current.piece.chunk)).refused("chunk_attempted")
    given(*ANSWERED).when(attempt(chunk="another")).refused("chunk_not_pending")
    given(*ASKED).when(attempt()).refused("chunk_not_pending")
    given(*ANSWERED, take_floor()).when(attempt()).refused("floor_taken")
    given(*ANSWERED, close_journey()).when(attempt()).refused("journey_closed")
    given().when(attempt()).refused("unknown_conversation")


@pytest.mark.parametrize("timeout_ms", [0, 120_001])
def test_a_call_may_hold_the_conversation_only_so_long(timeout_ms: int) -> None:
    given(*ANSWERED).when(attempt(timeout_ms=timeout_ms)).refused("timeout_out_of_range")


@pytest.mark.parametrize(("reopen", "event"), [(not_called, c.ChunkNotCalled), (rejected, c.ChunkRejected)])
def test_a_chunk_that_was_not_taken_is_open_again(reopen: object, event: type[c.ChunkNotCalled]) -> None:
    assert callable(reopen)
    spec = given(*ATTEMPTED).when(reopen())
    assert the(event, spec.then(event)).retry_at == spec.world.at + timedelta(seconds=1)
    spec.when(attempt("fresh")).then(c.ChunkAttempted)
    given(*ATTEMPTED).when(reopen(retry_ms=-1)).refused("retry_out_of_range")
    given(*ATTEMPTED).when(reopen(claim="other")).refused("claim_not_open")
    given(*ATTEMPTED, take_floor()).when(reopen()).then(event, c.ReplyCancelled)
    spec = given(*ATTEMPTED, opt_out_elsewhere()).when(reopen())
    assert the(c.ReplyCancelled, spec.then(event, c.ReplyCancelled)).reason is CancelReason.OPT_OUT


def test_results_count_only_for_the_open_claim() -> None:
    for result in (not_called, rejected, failed, unknown):
        given(*ATTEMPTED).when(result(claim="other")).refused("claim_not_open")
        given(*ATTEMPTED).when(result(chunk="other")).refused("claim_not_open")
        given(*ANSWERED).when(result()).refused("claim_not_open")
        given().when(result()).refused("unknown_conversation")
    given(*ATTEMPTED).when(sent(claim="other")).refused("claim_not_open")


def test_a_refusal_for_good_cancels_the_rest_and_asks_for_a_human() -> None:
    spec = given(*ATTEMPTED).when(failed())
    events = spec.then(c.ChunkFailed, c.ReplyCancelled, c.HumanAsked)
    assert the(c.ReplyCancelled, events).reason is CancelReason.CHUNK_FAILED
    assert the(c.HumanAsked, events).reason is AskReason.CHUNK_FAILED
    spec = given(*ASKED, answer("only"), attempt()).when(failed())
    assert the(c.ReplyFinished, spec.then(c.ChunkFailed, c.ReplyFinished, c.HumanAsked)).sent == 0


def test_an_unknown_outcome_cancels_the_rest_and_asks_for_a_human() -> None:
    spec = given(*ATTEMPTED).when(unknown())
    events = spec.then(c.ChunkOutcomeUnknown, c.ReplyCancelled, c.HumanAsked)
    assert the(c.ReplyCancelled, events).reason is CancelReason.OUTCOME_UNKNOWN
    given(*ASKED, answer("only"), attempt()).when(unknown()).then(c.ChunkOutcomeUnknown, c.ReplyFinished, c.HumanAsked)


def test_a_late_success_still_makes_it_sent() -> None:
    spec = given(*ATTEMPTED)
    current = talk(spec.world).attempt
    assert current is not None
    spec.world.take(unknown())
    spec.when(sent(chunk="another")).refused("claim_not_open")
    spec.when(sent(chunk=current.piece.chunk)).then(c.ChunkSent, ld.LeadContacted)
    spec.when(sent(chunk=current.piece.chunk)).refused("claim_not_open")


def test_a_claim_of_unknown_outcome_is_never_used_again() -> None:
    given(*ATTEMPTED, unknown(), message("two"), close_turn, answer("four")).when(attempt()).refused("claim_not_fresh")


def test_few_claims_of_unknown_outcome_are_remembered() -> None:
    spec = given()
    for n in range(MAX_UNKNOWN + 1):
        for step in (message(str(n)), close_turn, answer("x"), attempt(f"claim {n}"), unknown(f"claim {n}")):
            spec.world.take(step)
    assert len(talk(spec.world).unknown) == MAX_UNKNOWN
    assert "claim 0" not in talk(spec.world).unknown


def test_an_attempted_chunk_of_a_cancelled_reply_may_still_show_and_holds_the_next_ones() -> None:
    spec = given(*ATTEMPTED, message("two"), close_turn, answer("four", "five"))
    spec.when(attempt("next")).refused("earlier_chunk_open")
    spec.when(sent()).then(c.ChunkSent, ld.LeadContacted)
    spec.when(attempt("next")).then(c.ChunkAttempted)


def test_a_cancelled_replys_attempt_is_not_reopened() -> None:
    spec = given(*ATTEMPTED, message("two")).when(not_called())
    assert the(c.ReplyCancelled, spec.then(c.ChunkNotCalled, c.ReplyCancelled)).reason is CancelReason.NEW_MESSAGE
    assert talk(spec.world).cancels == 1, "the same cancel, said again"


def test_an_unknown_outcome_cancels_later_chunks_of_the_next_reply_too() -> None:
    spec = given(*ATTEMPTED, message("two"), close_turn, answer("four")).when(unknown())
    spec.then(c.ChunkOutcomeUnknown, c.ReplyCancelled, c.HumanAsked)
    spec = given(*ATTEMPTED, message("two"), close_turn).when(unknown())
    spec.then(c.ChunkOutcomeUnknown, c.HumanAsked)
    assert talk(spec.world).reply is not None, "a reply that is still being made waits for nothing"


def test_a_failed_attempt_of_a_cancelled_reply_leaves_the_next_reply_alone() -> None:
    spec = given(*ATTEMPTED, message("two"), close_turn, answer("four")).when(failed())
    spec.then(c.ChunkFailed, c.HumanAsked)
    spec.when(attempt("next")).then(c.ChunkAttempted)


def test_the_echo_of_an_open_attempt_makes_it_sent_and_then_the_answer_is_refused() -> None:
    spec = given(*ATTEMPTED).when(own_message("one"))
    assert the(c.ChunkSent, spec.then(c.ChunkSent, ld.LeadContacted)).how is SentHow.ECHO
    spec.when(sent()).refused("claim_not_open")
    spec.when(own_message("one")).refused("echo_known")


def test_the_echo_of_an_unknown_outcome_makes_it_sent() -> None:
    given(*ATTEMPTED, unknown()).when(own_message("one")).then(c.ChunkSent, ld.LeadContacted)


def test_the_echo_of_a_sent_chunk_is_known_by_its_provider_id() -> None:
    given(*ATTEMPTED, sent("own-one")).when(own_message("one")).refused("echo_known")


def test_opting_out_stops_even_a_reply_whose_last_chunk_is_under_way() -> None:
    spec = given(*ASKED, answer("only"), attempt()).when(STOP)
    spec.then(c.MessageReceived, ld.OptOutRecorded, ld.LeadOptedOut, c.ReplyCancelled)
    spec.when(not_called()).then(c.ChunkNotCalled, c.ReplyCancelled)


def test_floor_given_back_without_a_centurion_opens_no_turn() -> None:
    spec = given(message(), take_floor()).when(give_floor_back(None))
    assert the(c.FloorGivenBack, spec.then(c.FloorGivenBack)).turn is None
