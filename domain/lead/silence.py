"""Who has not written for long is asleep, until they write again.

Nobody counts messages for it: once it is awaited somebody looks when the time is over, and puts it off to what was
written since.
"""

from __future__ import annotations

from datetime import timedelta

from domain.conversation.aggregate import Conversation
from domain.kernel.errors import Refused
from domain.kernel.journey import Journey
from domain.lead import commands as lc
from domain.lead import events as ld
from domain.lead.aggregate import Lead
from domain.lead.decide import open_lead
from domain.lead.life import SELLING
from domain.lead.parts import StateReason


def await_silence(journey: Journey, lead: Lead, dormant_ms: int) -> None:
    """They wrote. dormant_ms: how long they may be silent, 0: for ever. Records only what is not awaited yet."""
    if dormant_ms and lead.awaited is None and lead.state in SELLING:
        journey.record(lead, ld.SilenceAwaited, lead=lead.key, due=journey.at + timedelta(milliseconds=dormant_ms))


def end_silence(journey: Journey, command: lc.EndSilence) -> None:
    """Refused: unknown_lead, journey_closed, not_awaited, heard_meanwhile."""
    lead = open_lead(journey, command.lead)
    if lead.awaited is None:
        raise Refused("not_awaited")
    if any(journey.get(Conversation, each.conversation).version != each.version for each in command.seen):
        raise Refused("heard_meanwhile", "a conversation went on since it was looked at")
    due = command.heard_at + timedelta(milliseconds=command.after_ms)
    if due > journey.at:
        journey.record(lead, ld.SilenceAwaited, lead=lead.key, due=due)
        return
    journey.record(lead, ld.LeadDormant, lead=lead.key, reason=StateReason.SILENCE, evidence=(command.heard,))
