"""Something that the lead is told and that answers nothing: the link to a contract.

It is sent as a reply's chunks are, one after the other, and no message of the lead stops it. It waits for its turn: it
never comes between a reply's pieces, nor before the answer to what the lead has just written.
"""

from __future__ import annotations

from domain.conversation import events as c
from domain.conversation.aggregate import Conversation
from domain.conversation.parts import Chunk
from domain.conversation.policies import chunks_fault
from domain.kernel.errors import Refused
from domain.kernel.journey import Journey
from domain.lead.aggregate import Lead


def notice_hindrance(conversation: Conversation, lead: Lead) -> str | None:
    """Why nothing may be said there by itself, now or later, as a code; None: it may."""
    if lead.closed:
        return "journey_closed"
    if lead.opted_out:
        return "opted_out"
    return "floor_taken" if conversation.people else None


def write_notice(journey: Journey, conversation: Conversation, notice: str, chunks: tuple[Chunk, ...]) -> None:
    """Nothing hinders: `notice_hindrance`. Refused: conversation_busy, no_chunks, too_many_chunks,
    chunks_not_in_order."""
    if conversation.turn is not None or conversation.reply is not None or conversation.attempt is not None:
        raise Refused("conversation_busy")
    if fault := chunks_fault(chunks):
        raise Refused(fault)
    journey.record(conversation, c.NoticeWritten, conversation=conversation.key, notice=notice, chunks=chunks)
