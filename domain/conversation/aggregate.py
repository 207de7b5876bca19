"""A conversation: one lead on one channel instance. Here it only evolves; the deciders stand beside."""

from __future__ import annotations

from collections import OrderedDict, deque

from domain.conversation import events as c
from domain.conversation.parts import CancelReason, FloorReason, Handling, Turn
from domain.conversation.policies import SILENT_KINDS, asks_for_answer
from domain.conversation.state import (
    MAX_PARKED,
    MAX_UNANSWERED,
    MAX_UNKNOWN,
    Attempt,
    Memory,
    Parked,
    Piece,
    Reply,
    Waiting,
)
from domain.effect import events as x
from domain.kernel.clock import to_us
from domain.kernel.stream import Stream, evolves


class Conversation(Stream):
    """Always true: at most one turn, one reply and one attempt are open; a turn and a reply never at once; neither
    while people have the floor. An attempt may outlive its reply.
    """

    CATEGORY = "conversation"

    def begin(self) -> None:
        self.lead = ""
        self.company = ""
        self.instance = ""
        self.people = False  # who have the floor
        self.handling: Handling | None = None  # as last carried
        self.unanswered: deque[str] = deque(maxlen=MAX_UNANSWERED)
        self.turn: Turn | None = None
        self.waiting: Waiting | None = None
        self.cancels = 0
        self.reply: Reply | None = None
        self.reading: str | None = None  # the newest closed turn's reply, while its words are to be read for facts
        self.attempt: Attempt | None = None
        self.unknown: OrderedDict[str, Attempt] = OrderedDict()  # by claim
        self.incoming = Memory()
        self.outgoing = Memory()
        self.parked: OrderedDict[str, tuple[Parked, ...]] = OrderedDict()  # by provider id

    @property
    def owner(self) -> str | None:
        return self.company or None

    @evolves(c.ConversationStarted)
    def _started(self, event: c.ConversationStarted) -> None:
        self.lead = event.lead
        self.company = event.company
        self.instance = event.instance

    @evolves(c.MessageReceived)
    def _message_received(self, event: c.MessageReceived) -> None:
        now = to_us(event.timestamp)
        self.incoming.add(event.provider_id, now)
        if event.handling is not None:
            self.handling = event.handling
        if event.kind in SILENT_KINDS:
            return
        self.unanswered.append(event.message)
        if event.turn is not None:
            self.turn = event.turn
        elif self.reply is not None and asks_for_answer(event.kind, event.late, event.handling):
            self.waiting = Waiting(self.waiting.first_us if self.waiting else now, now)

    @evolves(c.MessageEdited, c.MessageDeleted, c.ReactionReceived)
    def _message_touched(self, event: c.MessageEdited | c.MessageDeleted | c.ReactionReceived) -> None:
        if event.provider_id != event.target:  # else its target, which may come later, would be a duplicate
            self.incoming.add(event.provider_id, to_us(event.timestamp))

    @evolves(c.HumanMessageSent)
    def _human_message_sent(self, event: c.HumanMessageSent) -> None:
        self.outgoing.add(event.provider_id, to_us(event.timestamp))
        if self.people:
            self.unanswered.clear()

    @evolves(c.FloorTaken)
    def _floor_taken(self, event: c.FloorTaken) -> None:
        self.people = True
        if event.reason is FloorReason.TYPED_ON_PHONE:
            self.unanswered.clear()  # what was typed is the answer

    @evolves(c.FloorGivenBack)
    def _floor_given_back(self, event: c.FloorGivenBack) -> None:
        self.people = False
        if event.handling is not None:
            self.handling = event.handling
        self.turn = event.turn

    @evolves(c.HumanAsked)
    def _human_asked(self, _event: c.HumanAsked) -> None:
        """Told to people; nothing that is decided here depends on it."""

    @evolves(c.TurnClosed)
    def _turn_closed(self, event: c.TurnClosed) -> None:
        self.turn = None
        self.reply = Reply(event.reply, event.turn, event.messages, event.centurion, event.centurion_version)
        self.unanswered.clear()
        if event.rules:
            self.reading = event.reply

    @evolves(c.TurnRead)
    def _turn_read(self, event: c.TurnRead) -> None:
        if not event.superseded:
            self.reading = None

    @evolves(c.TurnDropped)
    def _turn_dropped(self, _event: c.TurnDropped) -> None:
        self.turn = None

    @evolves(c.ReplyGenerated, c.ReplyFailed)
    def _reply_made(self, event: c.ReplyGenerated | c.ReplyFailed) -> None:
        assert self.reply is not None
        if event.chunks:
            self.reply.made = True
            self.reply.pending.extend(Piece(chunk.chunk, chunk.tag) for chunk in event.chunks)
        else:
            self._end_reply()

    @evolves(c.NoticeWritten)
    def _notice_written(self, event: c.NoticeWritten) -> None:
        pending = deque(Piece(chunk.chunk, chunk.tag) for chunk in event.chunks)
        self.reply = Reply(event.notice, "", (), "", 0, made=True, pending=pending, notice=True)

    @evolves(c.ReplyCancelled)
    def _reply_cancelled(self, event: c.ReplyCancelled) -> None:
        if self.reply is None or self.reply.reply != event.reply:
            return  # said again of a chunk that was reopened after its reply had been cancelled
        if self.attempt is not None and self.attempt.reply == event.reply:
            self.attempt.cancelled = event.reason
        self._end_reply()
        if event.reason is CancelReason.NEW_MESSAGE:
            self.cancels += 1

    @evolves(c.ReplyDiscarded)
    def _reply_discarded(self, _event: c.ReplyDiscarded) -> None:
        """Only its cost is kept, and not here."""

    @evolves(c.ReplyFinished)
    def _reply_finished(self, event: c.ReplyFinished) -> None:
        self.reply = self.waiting = None
        self.cancels = 0
        self.turn = event.turn

    @evolves(c.ChunkAttempted)
    def _chunk_attempted(self, event: c.ChunkAttempted) -> None:
        assert self.reply is not None
        self.attempt = Attempt(self.reply.pending.popleft(), event.claim, self.reply.reply)

    @evolves(c.ChunkNotCalled, c.ChunkRejected)
    def _chunk_reopened(self, _event: c.ChunkNotCalled | c.ChunkRejected) -> None:
        attempt = self._end_attempt()
        if attempt.cancelled is None:
            assert self.reply is not None
            self.reply.pending.appendleft(attempt.piece)

    @evolves(c.ChunkSent)
    def _chunk_sent(self, event: c.ChunkSent) -> None:
        self.outgoing.add(event.provider_id, to_us(event.timestamp))
        if self.unknown.pop(event.claim, None) is not None:
            return
        if self._end_attempt().cancelled is None:
            assert self.reply is not None
            self.reply.sent += 1

    @evolves(c.ChunkFailed)
    def _chunk_failed(self, _event: c.ChunkFailed) -> None:
        self._end_attempt()

    @evolves(c.ChunkOutcomeUnknown)
    def _chunk_unknown(self, event: c.ChunkOutcomeUnknown) -> None:
        self.unknown[event.claim] = self._end_attempt()
        if len(self.unknown) > MAX_UNKNOWN:
            self.unknown.popitem(last=False)

    @evolves(c.ReceiptRecorded)
    def _receipt_recorded(self, event: c.ReceiptRecorded) -> None:
        self.outgoing.note(event.provider_id, event.status)
        self.parked.pop(event.provider_id, None)

    @evolves(c.ReceiptParked)
    def _receipt_parked(self, event: c.ReceiptParked) -> None:
        receipt = Parked(event.status, event.provider_at, event.code)
        self.parked[event.provider_id] = (*self.parked.get(event.provider_id, ()), receipt)
        if len(self.parked) > MAX_PARKED:
            self.parked.popitem(last=False)

    @evolves(x.EffectExpired, x.EffectAbandoned)
    def _effect_dropped(self, event: x.EffectExpired | x.EffectAbandoned) -> None:
        """What else follows from it is said by events of its own."""
        if event.kind == "extract":
            self.reading = None

    def _end_reply(self) -> None:
        """Over before its end: what it was to answer is unanswered again, unless all its words are under way."""
        assert self.reply is not None
        if self.reply.stoppable:
            self.unanswered = deque((*self.reply.messages, *self.unanswered), maxlen=MAX_UNANSWERED)
        self.reply = self.waiting = None

    def _end_attempt(self) -> Attempt:
        assert self.attempt is not None
        attempt, self.attempt = self.attempt, None
        return attempt
