"""A contract: made once, whatever dies in between; what the document says, each once; what a signature does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from domain.contract import events as e
from domain.contract.parts import AfterSigning, CancelledBy, ContractState, Reach, SentHow, SignerRole
from domain.conversation import events as c
from domain.deal import events as d
from domain.effect.kinds import EffectKind
from domain.kernel.ids import derived
from domain.lead import events as ld
from domain.template import events as te
from tests.domain import sales, spec
from tests.domain.signing import (
    ATTEMPTED,
    CANCEL,
    CANCEL_REFUSED,
    CANCELLED,
    CLIENT,
    CONTRACT,
    DEADLINE,
    DOCUMENT,
    DRAFTED,
    FILE,
    NAMES,
    NEVER_MADE,
    NO_LINK,
    OUT,
    RETIRE_TEMPLATE,
    SEARCH,
    SEND,
    TALKED,
    US,
    abandon,
    all_signed,
    attempt,
    check_rows,
    contract,
    create_template,
    draft,
    failed,
    hint,
    not_called,
    publish_template,
    rejected,
    resend,
    resent,
    say_link,
    seen,
    sent,
    signer,
    state,
    unknown,
)
from tests.domain.spec import START, the
from tests.domain.talk import attempt as attempt_chunk
from tests.domain.talk import close_journey, message, opt_out_elsewhere, take_floor
from tests.domain.talk import sent as chunk_sent

WON = (e.ContractSigned, d.DealWon, ld.LeadWon)


def test_a_template_has_versions_and_ends() -> None:
    told = spec.given().when(create_template()).then(te.TemplateCreated, te.TemplateVersionPublished)
    assert the(te.TemplateVersionPublished, told).number == 1
    told_ = spec.given(create_template())
    told_.when(create_template()).refused("template_exists")
    told_.when(publish_template()).refused("template_unchanged")
    assert the(te.TemplateVersionPublished, told_.when(publish_template(name="II")).then(te.TemplateVersionPublished)
               ).number == 2  # fmt: skip
    last = the(te.TemplateRetired, told_.when(RETIRE_TEMPLATE).then(te.TemplateRetired)).last
    assert last == 2
    for step in (publish_template(name="III"), RETIRE_TEMPLATE):
        told_.when(step).refused("template_retired")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"name": " "}, "invalid_name"),
        ({"body": "x" * 100_001}, "body_too_large"),
        ({"signers": ("a", "a")}, "signer_twice"),
        ({"signers": tuple(map(str, range(21)))}, "too_many_signers"),
    ],
)
def test_a_template_has_bounds(changed: dict[str, Any], code: str) -> None:
    spec.given().when(create_template(**changed)).refused(code)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"deal": derived("another deal")}, "unknown_deal"),
        ({"signers": ()}, "nobody_signs"),
        ({"signers": (signer("w", role=SignerRole.WITNESS),)}, "nobody_signs"),
        ({"signers": (US, US)}, "signer_twice"),
        ({"signers": (CLIENT, signer("us", Reach.CHANNEL))}, "channel_reaches_one"),
        ({"signers": tuple(signer(f"s{n}") for n in range(21))}, "too_many_signers"),
        ({"deadline_at": START}, "deadline_passed"),
        ({"deadline_at": START + timedelta(days=366)}, "deadline_too_far"),
    ],
)
def test_a_draft_that_cannot_be_is_refused(changed: dict[str, Any], code: str) -> None:
    spec.given(*TALKED).when(draft(**changed)).refused(code)


def test_a_draft_needs_an_open_deal_and_is_made_once() -> None:
    spec.given(*TALKED, sales.win()).when(draft()).refused("deal_over")
    spec.given(*DRAFTED).when(draft()).refused("contract_exists")
    spec.given(*DRAFTED, sales.lose()).when(SEND).refused("deal_over")
    spec.given(*DRAFTED, spec.later(days=31)).when(SEND).refused("deadline_passed")


def test_only_one_claim_may_call_and_only_who_did_not_call_opens_it_again() -> None:
    told = spec.given(*DRAFTED, SEND)
    told.when(attempt()).then(e.ContractAttempted)
    for step, code in ((attempt("k2"), "contract_attempted"), (SEND, "contract_sent"), (CANCEL, "contract_attempted"),
                       (not_called("k2"), "claim_not_open"), (sent("k2"), "claim_not_open")):  # fmt: skip
        told.when(step).refused(code)
    told.when(not_called()).then(e.ContractNotCalled)
    told.when(sent()).refused("claim_not_open")
    told.when(attempt()).refused("claim_not_fresh")
    told.when(attempt("k2")).then(e.ContractAttempted)
    told.when(rejected("k2", 3_600_001)).refused("retry_out_of_range")
    told.when(rejected("k2")).then(e.ContractRejected)
    check_rows(told.world)


def test_what_the_provider_refuses_has_failed_and_may_be_sent_again() -> None:
    told = spec.given(*ATTEMPTED)
    told.when(failed()).then(e.ContractFailed)
    told.when(SEND).then(e.ContractSendAsked)
    told.when(attempt("k2")).then(e.ContractAttempted)
    told.when(sent("k2")).then(e.ContractSent)


def test_an_unknown_outcome_is_never_made_again_by_itself() -> None:
    told = spec.given(*ATTEMPTED)
    told.when(unknown()).then(e.ContractOutcomeUnknown)
    for step, code in ((SEND, "settle_first"), (CANCEL, "settle_first"), (attempt("k2"), "contract_not_pending")):
        told.when(step).refused(code)
    assert not [row for kind in EffectKind for row in told.world.rows.of(kind) if "contract" in kind]
    told.when(SEARCH).then(e.ContractSearchAsked)
    told.when(unknown()).then(e.ContractOutcomeUnknown)
    told.when(NEVER_MADE).then(e.ContractNeverMade)
    told.when(SEARCH).refused("nothing_to_settle")
    told.when(sent()).refused("claim_not_open")
    told.when(SEND).then(e.ContractSendAsked)


def test_a_late_answer_or_a_webhook_settles_an_unknown_outcome() -> None:
    spec.given(*ATTEMPTED, unknown()).when(sent()).then(e.ContractSent)
    told = spec.given(*ATTEMPTED, unknown())
    asked = the(e.ContractSearchAsked, told.when(hint()).then(e.ContractSearchAsked))
    assert asked.document == DOCUMENT
    told.when(sent()).then(e.ContractSent)
    check_rows(told.world)


def test_a_document_is_looked_at_each_day_and_after_its_deadline() -> None:
    told = spec.given(*ATTEMPTED)
    assert the(e.ContractSent, told.when(sent()).then(e.ContractSent)).check_at == START + timedelta(days=1)
    told.world.take(spec.later(days=29, hours=20))
    checked = the(e.ContractChecked, told.when(state()).then(e.ContractChecked))
    assert checked.check_at == DEADLINE + timedelta(minutes=1)


def test_a_document_that_was_looked_for_is_looked_at_at_once() -> None:
    """Who signed while nobody knew of it was not heard."""
    told = spec.given(*ATTEMPTED)
    told.when(hint()).refused("contract_not_sent")
    found = the(e.ContractSent, told.when(sent(how=SentHow.SEARCH)).then(e.ContractSent))
    assert found.check_at == START


def test_what_the_document_says_is_told_once_and_all_signatures_win_the_deal() -> None:
    told = spec.given(*OUT)
    viewed = state(seen("client", viewed=START), seen("us"))
    told.when(viewed).then(e.ContractViewed, e.ContractChecked)
    told.when(viewed).then(e.ContractChecked)
    told.when(hint()).then(e.ContractHinted)
    told.when(state(check="h0")).refused("stale_check")
    told.when(state(seen("us", viewed=START, signed=START))).then(
        e.ContractViewed, e.ContractSignerSigned, e.ContractChecked
    )
    assert contract(told.world).state is ContractState.SIGNED
    signed = told.when(all_signed()).then(e.ContractSignerSigned, *WON)
    one = the(e.ContractSigned, signed)
    assert (one.file, one.sha256, one.size) == (FILE.file, FILE.sha256, FILE.size)
    won = the(d.DealWon, signed)
    assert won.reason == "price"
    assert len(won.evidence) == 1
    for step in (hint("h2"), all_signed(), CANCEL, resend()):
        told.when(step).refused("contract_over")
    check_rows(told.world)


def test_a_signature_counts_only_with_its_file() -> None:
    told = spec.given(*OUT)
    told.when(state(seen("client", signed=START), seen("us", signed=START))).refused("file_missing")


def test_a_signature_moves_the_deal_where_the_stage_lets_it() -> None:
    offered = AfterSigning(place=sales.OFFERED, wins=False, reason=None)
    *_, signed, held = spec.given(*OUT).world.take(all_signed(offered))
    assert (type(signed), type(held)) == (e.ContractSigned, d.DealHeldBack)
    assert isinstance(held, d.DealHeldBack)
    assert (held.stage, held.missing) == (sales.OFFERED.stage, ("value", "fact:budget"))
    told = spec.given(*TALKED, sales.know(sales.fact("budget")), sales.value(), draft(), SEND, attempt(), sent())
    assert [type(each) for each in told.world.take(all_signed(offered))][-2:] == [e.ContractSigned, d.DealMoved]


@pytest.mark.parametrize("over", [sales.lose(), sales.win()])
def test_a_deal_that_is_over_meanwhile_is_left_alone(over: Any) -> None:
    told = spec.given(*OUT, over)
    events = [type(each) for each in told.world.take(all_signed())]
    assert events[-1] is e.ContractSigned


def test_a_refusal_ends_it_unless_all_have_signed() -> None:
    told = spec.given(*OUT)
    refused = the(e.ContractRefused, told.when(state(seen("client", viewed=START, refused=START))).then(
        e.ContractViewed, e.ContractRefused))  # fmt: skip
    assert refused.signer == "client"
    assert refused.reason is not None
    told.when(hint()).refused("contract_over")


def test_a_deadline_ends_it_and_a_signature_in_time_counts_before() -> None:
    spec.given(*OUT).when(state(passed=True)).then(e.ContractExpired)
    assert e.ContractSigned in [
        type(each)
        for each in spec.given(*OUT).world.take(
            state(seen("client", signed=START), seen("us", signed=START), passed=True, gone=True, file=FILE)
        )
    ]
    gone = the(e.ContractCancelled, spec.given(*OUT).when(state(gone=True)).then(e.ContractCancelled))
    assert gone.by is CancelledBy.PROVIDER


def test_cancelling_asks_the_provider_where_there_is_a_document() -> None:
    spec.given(*DRAFTED).when(CANCEL).then(e.ContractCancelled)
    spec.given(*DRAFTED, SEND).when(CANCEL).then(e.ContractCancelled)
    told = spec.given(*OUT)
    told.when(CANCELLED).refused("no_such_effect")
    told.when(CANCEL).then(e.ContractCancelAsked)
    told.when(CANCEL).refused("already_asked")
    told.when(CANCEL_REFUSED).then(e.ContractCancelRefused)
    told.when(CANCEL).then(e.ContractCancelAsked)
    told.when(state(passed=True)).then(e.ContractCancelled)  # a deadline of now is how it is cancelled
    told.when(CANCELLED).refused("contract_over")


def test_a_signer_is_asked_again_by_the_way_their_link_goes() -> None:
    told = spec.given(*OUT)
    told.when(resend("nobody")).refused("unknown_signer")
    told.when(resend()).then(e.ContractResendAsked)
    told.when(resend()).refused("already_asked")
    told.when(resent()).then(e.ContractResent)
    told.when(resend("client")).refused("already_asked")  # its link is about to be said
    told.when(NO_LINK).then(e.ContractLinkNotSent)
    told.when(resend("client")).then(e.ContractLinkAsked)
    linked = (*TALKED, draft(signers=(signer("us", Reach.LINK),)), SEND, attempt(), sent())
    spec.given(*linked).when(resend()).refused("not_delivered")
    spec.given(*OUT, state(seen("us", signed=START))).when(resend()).refused("signer_done")


def test_the_link_is_said_as_a_notice_which_no_message_stops() -> None:
    told = spec.given(*OUT)
    told.when(say_link()).then(c.NoticeWritten, e.ContractLinkWritten)
    told.when(say_link("n2")).refused("no_such_effect")
    told.when(message("thanks", handling=None)).then(c.MessageReceived, c.HumanAsked)
    told.when(attempt_chunk()).then(c.ChunkAttempted)
    told.when(chunk_sent()).then(c.ChunkSent, c.ReplyFinished)


def test_who_opted_out_or_talks_with_people_is_told_nothing() -> None:
    for before, code in (((opt_out_elsewhere(),), "opted_out"), ((take_floor(),), "floor_taken"),
                         ((close_journey(),), "journey_closed")):  # fmt: skip
        told = the(e.ContractLinkNotSent, spec.given(*OUT, *before).when(say_link()).then(e.ContractLinkNotSent))
        assert told.code == code
    cancelled = spec.given(*OUT, say_link())
    cancelled.when(take_floor()).then(c.ReplyCancelled, c.FloorTaken)


def test_a_notice_waits_until_the_conversation_is_free() -> None:
    assists = (message(), sales.hand_off(assists=True), draft(), SEND, attempt(), sent())
    spec.given(*assists).when(say_link()).refused("conversation_busy")


@pytest.mark.parametrize(
    ("before", "kind", "then"),
    [
        ((*DRAFTED, SEND), EffectKind.CONTRACT, e.ContractFailed),
        (ATTEMPTED, EffectKind.RESOLVE_CONTRACT, e.ContractOutcomeUnknown),
        (OUT, EffectKind.CONTRACT_LINK, e.ContractLinkNotSent),
        ((*OUT, CANCEL), EffectKind.CANCEL_CONTRACT, e.ContractCancelRefused),
        ((*OUT, resend()), EffectKind.RESEND_CONTRACT, e.ContractResent),
    ],
)
def test_an_effect_that_is_given_up_says_what_that_means(before: Any, kind: EffectKind, then: Any) -> None:
    told = spec.given(*before)
    events = [type(each) for each in told.world.take(abandon(kind))]
    assert events[-1] is then
    check_rows(told.world)
    told.when(abandon(kind)).refused("no_such_effect")


def test_a_document_that_nobody_looks_at_is_looked_at_with_the_next_hint() -> None:
    told = spec.given(*OUT)
    told.world.take(abandon(EffectKind.CHECK_CONTRACT))
    check_rows(told.world)
    told.when(hint()).then(e.ContractHinted)
    check_rows(told.world)


def test_another_leads_contract_is_none() -> None:
    told = spec.given(*OUT)
    stranger = derived("another lead")
    with pytest.raises(Exception, match="unknown_contract"):
        told.world.ask(type(CANCEL)(**{**NAMES, "lead": stranger}))
    told.when(hint(document="another")).refused("another_document")
    assert contract(told.world).key == CONTRACT
