"""The timeline: what was written, and what the provider said of it later."""

from __future__ import annotations

from typing import Any

from domain.conversation import events as c
from domain.conversation.parts import Chunk
from domain.kernel.items import RECEIPT_STATUSES
from domain.kernel.sealed import MessageContent, MessageText
from projections.engine.columns import Bool, Int, Text, Time, Words, WordsJson
from projections.engine.ops import Latest, Max, Ops, change, put, upsert
from projections.engine.seen import Seen
from projections.engine.table import Table


class Messages(Table):
    """direction: `in`, `out` (a chunk), `human`. Ordered by (at, pos, seq); a chunk moves to where it was sent."""

    ERASED_BY = "conversation_id"
    INDEXES = ("(company_id, conversation_id, at, pos, seq)", "(company_id, provider_id) where provider_id is not null")

    id: Text
    conversation_id: Text
    direction: Text
    kind: Text
    state: Text
    provider_id: Text | None
    text: Words
    content: WordsJson
    quoted_id: Text | None
    reply_id: Text | None
    seq: Int = 0
    typing_ms: Int = 0
    late: Bool = False
    erased: Bool = False
    code: Text | None
    at: Time
    pos: Int
    provider_at: Time | None

    def MessageReceived(self, e: Seen[c.MessageReceived]) -> Ops:
        return _message(e, direction="in", state="received", late=e.event.late)

    def HumanMessageSent(self, e: Seen[c.HumanMessageSent]) -> Ops:
        return _message(e, direction="human", state="sent")

    def ReplyGenerated(self, e: Seen[c.ReplyGenerated]) -> Ops:
        return tuple(_chunk(e, chunk) for chunk in e.event.chunks)

    def ReplyFailed(self, e: Seen[c.ReplyFailed]) -> Ops:
        return tuple(_chunk(e, chunk) for chunk in e.event.chunks)

    def NoticeWritten(self, e: Seen[c.NoticeWritten]) -> Ops:
        return tuple(_chunk(e, chunk) for chunk in e.event.chunks)

    def ChunkAttempted(self, e: Seen[c.ChunkAttempted]) -> Ops:
        return change(e.event.chunk, state="attempted")

    def ChunkNotCalled(self, e: Seen[c.ChunkNotCalled]) -> Ops:
        return change(e.event.chunk, state="pending")

    def ChunkRejected(self, e: Seen[c.ChunkRejected]) -> Ops:
        return change(e.event.chunk, state="pending", code=e.event.code)

    def ChunkSent(self, e: Seen[c.ChunkSent]) -> Ops:
        return change(e.event.chunk, state="sent", provider_id=e.event.provider_id, code=None, at=e.at, pos=e.pos)

    def ChunkFailed(self, e: Seen[c.ChunkFailed]) -> Ops:
        return change(e.event.chunk, state="failed", code=e.event.code)

    def ChunkOutcomeUnknown(self, e: Seen[c.ChunkOutcomeUnknown]) -> Ops:
        return change(e.event.chunk, state="unknown")


def _message(e: Seen[c.MessageReceived] | Seen[c.HumanMessageSent], **more: Any) -> Ops:
    of = e.event
    return put(
        of.message,
        conversation_id=of.conversation,
        kind=of.kind,
        provider_id=of.provider_id,
        text=e.text(MessageText, of.text),
        content=e.json(MessageContent, of.content),
        quoted_id=of.quoted_id,
        erased=e.erased,
        at=e.at,
        pos=e.pos,
        provider_at=of.provider_at,
        **more,
    )


def _chunk(e: Seen[c.ReplyGenerated] | Seen[c.ReplyFailed] | Seen[c.NoticeWritten], chunk: Chunk) -> Any:
    return put(
        chunk.chunk,
        conversation_id=e.event.conversation,
        direction="out",
        kind="text",
        state="pending",
        text=e.text(MessageText, chunk.text),
        reply_id=e.event.notice if isinstance(e.event, c.NoticeWritten) else e.event.reply,
        seq=chunk.seq,
        typing_ms=chunk.typing_ms,
        erased=e.erased,
        at=e.at,
        pos=e.pos,
    )


class MessageStates(Table):
    """What a provider says later of a message, by its own id: it may come before we know the message.

    receipt: the furthest so far, place in `RECEIPT_STATUSES` counted from 1. text: the words of the last edit by the
    provider's clock, for deliveries overtake each other; likewise the reaction. What came without a time was said when
    it came.
    """

    KEY = ("conversation_id", "provider_id")
    ERASED_BY = "conversation_id"

    conversation_id: Text
    provider_id: Text
    receipt: Int | None
    receipt_at: Time | None
    receipt_code: Text | None
    text: Words
    edited: Bool = False
    edited_at: Time | None
    deleted: Bool = False
    reaction: Words
    reacted_at: Time | None

    def ReceiptRecorded(self, e: Seen[c.ReceiptRecorded]) -> Ops:
        return _receipt(e)

    def ReceiptParked(self, e: Seen[c.ReceiptParked]) -> Ops:
        return _receipt(e)

    def MessageEdited(self, e: Seen[c.MessageEdited]) -> Ops:
        if e.event.text is None:  # the provider says that, not how: earlier words are better than none
            return upsert(e.event.conversation, e.event.target, edited=True)
        at = e.event.provider_at or e.at
        text = Latest(e.text(MessageText, e.event.text), "edited_at", at)
        return upsert(e.event.conversation, e.event.target, text=text, edited=True, edited_at=Max(at))

    def MessageDeleted(self, e: Seen[c.MessageDeleted]) -> Ops:
        return upsert(e.event.conversation, e.event.target, deleted=True)

    def ReactionReceived(self, e: Seen[c.ReactionReceived]) -> Ops:
        at = e.event.provider_at or e.at
        reaction = Latest(e.text(MessageText, e.event.reaction), "reacted_at", at)
        return upsert(e.event.conversation, e.event.target, reaction=reaction, reacted_at=Max(at))


def _receipt(e: Seen[c.ReceiptRecorded] | Seen[c.ReceiptParked]) -> Ops:
    of = e.event
    if of.status not in RECEIPT_STATUSES:
        return None
    code: dict[str, Any] = {} if of.code is None else {"receipt_code": of.code}
    rank = RECEIPT_STATUSES.index(of.status) + 1
    return upsert(of.conversation, of.provider_id, receipt=Max(rank), receipt_at=Max(e.at), **code)
