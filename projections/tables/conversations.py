"""Where each conversation stands: who has the floor, which turn is open, which reply is in the making."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from domain.conversation import events as c
from domain.conversation.parts import Turn
from domain.kernel.sealed import Address
from projections.engine.columns import Int, Text, Time, Words
from projections.engine.ops import Add, Ops, change, put
from projections.engine.seen import Seen
from projections.engine.table import Table


def _turn(turn: Turn | None) -> dict[str, Any]:
    due = None if turn is None else datetime.fromtimestamp(0, UTC) + timedelta(microseconds=turn.due_us)
    return {"turn_id": turn and turn.turn, "turn_due_at": due}


class Conversations(Table):
    """floor: `centurion` or `human`. unread: the lead's messages since the company's last answer."""

    ERASED_BY = "lead_id"
    INDEXES = ("(company_id, last_at, id)", "(company_id, lead_id)")

    id: Text
    lead_id: Text
    instance_id: Text
    channel: Text
    address: Words
    centurion_id: Text | None
    centurion_version: Int | None
    floor: Text = "centurion"
    floor_reason: Text | None
    floor_by: Text | None
    unread: Int = 0
    messages_in: Int = 0
    messages_out: Int = 0
    turn_id: Text | None
    turn_due_at: Time | None
    reply_id: Text | None
    reply_state: Text | None
    human_asked: Text | None
    human_asked_at: Time | None
    started_at: Time
    last_at: Time

    def ConversationStarted(self, e: Seen[c.ConversationStarted]) -> Ops:
        of = e.event
        return put(
            of.conversation,
            lead_id=of.lead,
            instance_id=of.instance,
            channel=of.channel,
            started_at=e.at,
            last_at=e.at,
        )

    def MessageReceived(self, e: Seen[c.MessageReceived]) -> Ops:
        return change(
            e.event.conversation,
            address=e.text(Address, e.event.address),
            last_at=e.at,
            unread=Add(1),
            messages_in=Add(1),
            **_turn(e.event.turn),
        )

    def HumanMessageSent(self, e: Seen[c.HumanMessageSent]) -> Ops:
        return change(e.event.conversation, last_at=e.at, unread=0, messages_out=Add(1))

    def FloorTaken(self, e: Seen[c.FloorTaken]) -> Ops:
        return change(
            e.event.conversation,
            floor="human",
            floor_reason=e.event.reason,
            floor_by=e.event.by,
            human_asked=None,
            human_asked_at=None,
        )

    def FloorGivenBack(self, e: Seen[c.FloorGivenBack]) -> Ops:
        return change(
            e.event.conversation,
            floor="centurion",
            floor_reason=None,
            floor_by=e.event.by,
            human_asked=None,
            human_asked_at=None,
            **_turn(e.event.turn),
        )

    def HumanAsked(self, e: Seen[c.HumanAsked]) -> Ops:
        return change(e.event.conversation, human_asked=e.event.reason, human_asked_at=e.at)

    def TurnClosed(self, e: Seen[c.TurnClosed]) -> Ops:
        return change(
            e.event.conversation,
            reply_id=e.event.reply,
            reply_state="making",
            centurion_id=e.event.centurion,
            centurion_version=e.event.centurion_version,
            **_turn(None),
        )

    def TurnDropped(self, e: Seen[c.TurnDropped]) -> Ops:
        return change(e.event.conversation, **_turn(None))

    def ReplyGenerated(self, e: Seen[c.ReplyGenerated]) -> Ops:
        return change(e.event.conversation, reply_state="sending")

    def ReplyFailed(self, e: Seen[c.ReplyFailed]) -> Ops:
        if e.event.chunks:
            return change(e.event.conversation, reply_state="sending")
        return change(e.event.conversation, reply_id=None, reply_state=None)

    def NoticeWritten(self, e: Seen[c.NoticeWritten]) -> Ops:
        return change(e.event.conversation, reply_id=e.event.notice, reply_state="sending")

    def ReplyCancelled(self, e: Seen[c.ReplyCancelled]) -> Ops:
        return change(e.event.conversation, reply_id=None, reply_state=None)

    def ReplyFinished(self, e: Seen[c.ReplyFinished]) -> Ops:
        return change(e.event.conversation, reply_id=None, reply_state=None, **_turn(e.event.turn))

    def ChunkSent(self, e: Seen[c.ChunkSent]) -> Ops:
        return change(e.event.conversation, last_at=e.at, unread=0, messages_out=Add(1))
