"""Which effects the events of a conversation open, move, attempt and end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from domain.conversation import events as c
from domain.conversation.parts import Turn
from domain.effect.kinds import EffectKind
from domain.effect.ops import Attempt, End, EndGroup, Op, Open, Reopen, Table

_K = EffectKind


def _due(turn: Turn) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=turn.due_us)


def _turn(turn: Turn | None) -> tuple[Op, ...]:
    return (Open(_K.CLOSE_TURN, turn.turn, _due(turn), version=turn.last_message),) if turn else ()


def _closed(e: c.TurnClosed) -> tuple[Op, ...]:
    reply = Open(_K.REPLY, e.reply, e.timestamp, version=e.turn)
    ended = End(_K.CLOSE_TURN, e.turn)
    if not e.rules:
        return ended, reply
    # One for each conversation: where the last turn was not read yet, this one is read with it.
    return ended, reply, Open(_K.EXTRACT, e.conversation, e.timestamp, version=e.reply)


def _read(e: c.TurnRead) -> tuple[Op, ...]:
    return () if e.superseded else (End(_K.EXTRACT, e.conversation),)


def _chunks(e: c.ReplyGenerated | c.ReplyFailed | c.NoticeWritten) -> tuple[Op, ...]:
    group = e.notice if isinstance(e, c.NoticeWritten) else e.reply
    return tuple(Open(_K.CHUNK, each.chunk, e.timestamp, group=group, seq=each.seq) for each in e.chunks)


def _settled(e: c.ChunkSent | c.ChunkFailed | c.ChunkOutcomeUnknown) -> tuple[Op, ...]:
    return (End(_K.CHUNK, e.chunk), End(_K.RESOLVE, e.chunk))


def _reopened(e: c.ChunkNotCalled | c.ChunkRejected) -> tuple[Op, ...]:
    return (Reopen(_K.CHUNK, e.chunk, e.retry_at), End(_K.RESOLVE, e.chunk))


EFFECTS: Final[Table] = {
    c.MessageReceived: lambda e: _turn(e.turn),
    c.FloorGivenBack: lambda e: _turn(e.turn),
    c.TurnDropped: lambda e: (End(_K.CLOSE_TURN, e.turn),),
    c.TurnClosed: _closed,
    c.TurnRead: _read,
    c.ReplyGenerated: lambda e: (End(_K.REPLY, e.reply), *_chunks(e)),
    c.ReplyFailed: lambda e: (End(_K.REPLY, e.reply), *_chunks(e)),
    c.ReplyCancelled: lambda e: (End(_K.REPLY, e.reply), EndGroup(_K.CHUNK, e.reply)),
    c.ReplyFinished: lambda e: _turn(e.turn),
    c.ChunkAttempted: lambda e: (
        Attempt(_K.CHUNK, e.chunk, e.claim),
        Open(_K.RESOLVE, e.chunk, e.resolve_at, version=e.claim),
    ),
    c.ChunkNotCalled: _reopened,
    c.ChunkRejected: _reopened,
    c.ChunkSent: _settled,
    c.ChunkFailed: _settled,
    c.ChunkOutcomeUnknown: _settled,
    c.NoticeWritten: _chunks,
}
