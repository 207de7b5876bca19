"""What was said is read for what the company wants to know of the lead."""

from __future__ import annotations

from domain.conversation import commands as cc
from domain.conversation import events as c
from domain.conversation.known import open_conversation
from domain.kernel.journey import Journey
from domain.lead.aggregate import Lead
from domain.lead.know import check_facts, learn


def record_reading(journey: Journey, command: cc.RecordReading) -> None:
    """Also of a turn that another has followed: what it found holds, and its cost is kept. One that found nothing new
    is recorded, too: it was done.

    Refused: unknown_conversation, journey_closed, fact_key_invalid, fact_twice, confidence_out_of_range,
    too_many_facts, intent_invalid.
    """
    conversation = open_conversation(journey, command)
    lead = journey.get(Lead, command.lead)
    check_facts(lead, command)
    journey.record(
        conversation,
        c.TurnRead,
        conversation=conversation.key,
        reply=command.reply,
        rules=command.bar.rules,
        found=len(command.facts),
        dropped=command.dropped,
        superseded=conversation.reading not in (None, command.reply),
        usage=command.usage,
    )
    learn(journey, lead, command, extraction=command.reply)
