"""A lead writes."""

from __future__ import annotations

from domain.conversation import commands as cc
from domain.conversation import events as c
from domain.conversation.aggregate import Conversation
from domain.conversation.parts import AskReason, CancelReason, Turn
from domain.conversation.policies import MAX_CANCELS, SILENT_KINDS, asks_for_answer
from domain.conversation.silence import ask_human, cancel_reply, fall_silent
from domain.conversation.turn import turn_with
from domain.kernel.clock import to_us
from domain.kernel.errors import Refused
from domain.kernel.ids import conversation_id
from domain.kernel.journey import Journey
from domain.lead.advance import heard
from domain.lead.aggregate import Lead
from domain.lead.decide import meet, move_message, opt_out, rename_contact
from domain.lead.origin import touched
from domain.lead.silence import await_silence


def receive_message(journey: Journey, command: cc.ReceiveMessage) -> None:
    """Records the message, whatever else; then says what follows: a turn, a human asked, or silence while people
    have the floor. In a closed journey only MessageMoved.

    Refused: duplicate (provider id known for 15 days), wrong_conversation.
    """
    lead = journey.get(Lead, command.lead)
    if lead.closed:
        move_message(journey, lead, command)
        return
    conversation = journey.get(Conversation, command.conversation)
    check_place(conversation, command.lead, command.instance)
    if conversation.incoming.has(command.provider_id, to_us(journey.at)):
        raise Refused("duplicate")
    meet(journey, lead, command.channel, command.aliases)
    if command.opted_out_before:
        opt_out(journey, lead, command.message)
    rename_contact(journey, lead, command.name, command.name_digest)
    start(journey, conversation, command.lead, command.instance, command.channel)
    wants_answer = _wants_answer(conversation, lead, command)
    stopped = _stoppable_reply(conversation) if wants_answer else None
    goes_on = conversation.reply is not None and stopped is None
    turn = None
    if wants_answer and not goes_on and command.handling is not None:
        turn = turn_with(journey, conversation, command.handling, command.message)
    _record_message(journey, conversation, command, turn)
    if command.kind not in SILENT_KINDS and not command.late:
        heard(journey, lead)
        await_silence(journey, lead, command.handling.dormant_ms if command.handling else 0)
    touched(journey, lead, command.touch)
    if stopped is not None:
        cancel_reply(journey, conversation, stopped, CancelReason.NEW_MESSAGE, command.message)
    if command.opts_out:
        opt_out(journey, lead, command.message)
        fall_silent(journey, conversation, CancelReason.OPT_OUT, command.message)
        return
    reason = _ask_reason(conversation, lead, command)
    if reason is not None:
        ask_human(journey, conversation, reason)


def check_place(conversation: Conversation, lead: str, instance: str) -> None:
    """There is one conversation for each lead and instance. Raises Refused(wrong_conversation) for any other."""
    if conversation.lead:
        right = conversation.lead == lead and conversation.instance == instance
    else:
        right = conversation.key == conversation_id(lead, instance)
    if not right:
        raise Refused("wrong_conversation")


def start(journey: Journey, conversation: Conversation, lead: str, instance: str, channel: str) -> None:
    """The conversation exists from now on."""
    if not conversation.exists:
        journey.record(
            conversation,
            c.ConversationStarted,
            conversation=conversation.key,
            lead=lead,
            company=journey.context.tenant,
            instance=instance,
            channel=channel,
        )


def _wants_answer(conversation: Conversation, lead: Lead, command: cc.ReceiveMessage) -> bool:
    return (
        not conversation.people
        and not lead.opted_out
        and not lead.quiet
        and not command.opts_out
        and asks_for_answer(command.kind, command.late, command.handling)
    )


def _stoppable_reply(conversation: Conversation) -> str | None:
    """The reply that a message may cancel: one reply to all is better. Only so often: else there is never one, and
    the message waits for the reply's end (`ReplyFinished`)."""
    reply = conversation.reply
    if reply is None or not reply.stoppable or conversation.cancels >= MAX_CANCELS:
        return None
    return reply.reply


def _record_message(
    journey: Journey, conversation: Conversation, command: cc.ReceiveMessage, turn: Turn | None
) -> None:
    journey.record(
        conversation,
        c.MessageReceived,
        conversation=conversation.key,
        message=command.message,
        provider_id=command.provider_id,
        kind=command.kind,
        provider_at=command.provider_at,
        text=command.text,
        content=command.content,
        quoted_id=command.quoted_id,
        address=command.address,
        late=command.late,
        turn=turn,
        handling=command.handling,
    )


def _ask_reason(conversation: Conversation, lead: Lead, command: cc.ReceiveMessage) -> AskReason | None:
    """Why a human should look at a message that nobody answers by itself. People who have the floor look anyway."""
    if command.kind in SILENT_KINDS:
        return None
    if lead.opted_out:
        return AskReason.OPTED_OUT_WRITES
    if conversation.people:
        return None
    if lead.quiet:
        return AskReason.HANDED_OFF
    if command.late:
        return AskReason.LATE_MESSAGE
    return AskReason.NO_CENTURION if command.handling is None else None
