"""Events of a conversation: one for each lead and channel instance, in the lead's journey."""

from __future__ import annotations

from datetime import datetime

from domain.conversation.parts import AskReason, CancelReason, Chunk, FloorReason, Handling, SentHow, Turn
from domain.kernel.event import Event, event
from domain.kernel.sealed import Address, MessageContent, MessageText
from domain.kernel.usage import Usage


@event("ConversationStarted", stream="conversation")
class ConversationStarted(Event):
    """The first thing that happened between a lead and a channel instance."""

    conversation: str
    lead: str
    company: str
    instance: str
    channel: str


@event("MessageReceived", stream="conversation")
class MessageReceived(Event):
    """The lead wrote. turn: the open turn after this message, None where it opens none (late, opted out, …).

    message: our id. provider_at: the provider's time. address: where answers go from now on. late: by a re-run, an
    offline sync or more than two hours after the provider's time. handling: who answers on the instance as of now.
    """

    conversation: str
    message: str
    provider_id: str
    kind: str
    provider_at: datetime | None
    text: MessageText | None
    content: MessageContent | None
    quoted_id: str | None
    address: Address
    late: bool
    turn: Turn | None
    handling: Handling | None = None


@event("MessageEdited", stream="conversation")
class MessageEdited(Event):
    """The lead changed the words of an earlier message. target: its provider id."""

    conversation: str
    provider_id: str
    target: str
    text: MessageText | None
    provider_at: datetime | None


@event("MessageDeleted", stream="conversation")
class MessageDeleted(Event):
    """A message was withdrawn at the provider. target: its provider id."""

    conversation: str
    provider_id: str
    target: str
    provider_at: datetime | None


@event("ReactionReceived", stream="conversation")
class ReactionReceived(Event):
    """The lead reacted to a message. reaction: the emoji, sealed; None when it was removed."""

    conversation: str
    provider_id: str
    target: str
    reaction: MessageText | None
    provider_at: datetime | None


@event("HumanMessageSent", stream="conversation")
class HumanMessageSent(Event):
    """Somebody of the company answered by hand on the phone. quoted_id: provider id of the message it answers."""

    conversation: str
    message: str
    provider_id: str
    kind: str
    provider_at: datetime | None
    text: MessageText | None
    content: MessageContent | None
    quoted_id: str | None = None


@event("FloorTaken", stream="conversation")
class FloorTaken(Event):
    """People have the floor: the Centurion is silent until it is given back. by: actor `kind:id`."""

    conversation: str
    reason: FloorReason
    by: str


@event("FloorGivenBack", stream="conversation")
class FloorGivenBack(Event):
    """The Centurion has the floor again. turn: opened when something is unanswered. handling: as of now."""

    conversation: str
    by: str
    turn: Turn | None
    handling: Handling | None = None


@event("HumanAsked", stream="conversation")
class HumanAsked(Event):
    """A human should look. The floor stays where it is."""

    conversation: str
    reason: AskReason


@event("TurnClosed", stream="conversation")
class TurnClosed(Event):
    """The burst is over: one reply to all of `messages` (our ids) is in the making.

    cancels: how many replies in a row messages have cancelled so far. rules: number of the company's rules that its
    words are to be read for, 0: none.
    """

    conversation: str
    turn: str
    reply: str
    messages: tuple[str, ...]
    centurion: str
    centurion_version: int
    cancels: int
    rules: int = 0


@event("TurnRead", stream="conversation")
class TurnRead(Event):
    """The words up to a turn's close were read for what the company's rules ask. reply: of that turn. found, dropped:
    how many answers the model gave that can be used, and that cannot. superseded: a later turn is to be read, too, and
    this ends nothing."""

    conversation: str
    reply: str
    rules: int
    found: int
    dropped: int
    superseded: bool
    usage: Usage


@event("TurnDropped", stream="conversation")
class TurnDropped(Event):
    """The open turn will not be answered by the Centurion. Its messages stay unanswered until people or it answer."""

    conversation: str
    turn: str
    reason: CancelReason


@event("ReplyGenerated", stream="conversation")
class ReplyGenerated(Event):
    """The Centurion's words, cut into chunks, and everything needed to say how they came about.

    prompt_hash: SHA-256 hex of the whole prompt. parameters: sampling parameters as sent. context: ids of the events
    whose words the prompt held.
    """

    conversation: str
    reply: str
    turn: str
    centurion: str
    centurion_version: int
    prompt_version: str
    prompt_hash: str
    parameters: dict[str, str]
    context: tuple[str, ...]
    usage: Usage
    chunks: tuple[Chunk, ...]


@event("ReplyCancelled", stream="conversation")
class ReplyCancelled(Event):
    """A reply in the making, or its unsent chunks, will not be sent. by_message: the message that cancelled it."""

    conversation: str
    reply: str
    reason: CancelReason
    by_message: str | None


@event("ReplyDiscarded", stream="conversation")
class ReplyDiscarded(Event):
    """A result came for a reply that was cancelled meanwhile: what it cost is kept, its words are not."""

    conversation: str
    reply: str
    usage: Usage


@event("ReplyFailed", stream="conversation")
class ReplyFailed(Event):
    """No answer could be made. chunks: the stated fallback message; empty: people get the floor (FloorTaken)."""

    conversation: str
    reply: str
    turn: str
    code: str
    chunks: tuple[Chunk, ...]


@event("NoticeWritten", stream="conversation")
class NoticeWritten(Event):
    """The lead is told something that answers nothing. It is sent, cancelled and finished as a reply with this id; no
    message of the lead cancels it."""

    conversation: str
    notice: str
    chunks: tuple[Chunk, ...]


@event("ReplyFinished", stream="conversation")
class ReplyFinished(Event):
    """The last chunk of a reply has an outcome. sent: how many were sent.

    turn: scheduled now where messages came that were not allowed to cancel the reply.
    """

    conversation: str
    reply: str
    sent: int
    turn: Turn | None


@event("ChunkAttempted", stream="conversation")
class ChunkAttempted(Event):
    """A runner may call the provider, once, under this claim. resolve_at: when to ask what came of it."""

    conversation: str
    chunk: str
    claim: str
    resolve_at: datetime


@event("ChunkNotCalled", stream="conversation")
class ChunkNotCalled(Event):
    """The provider was surely not called under this claim: the chunk is open again from retry_at."""

    conversation: str
    chunk: str
    claim: str
    retry_at: datetime


@event("ChunkRejected", stream="conversation")
class ChunkRejected(Event):
    """The provider refused for now (429, …): the chunk is open again from retry_at."""

    conversation: str
    chunk: str
    claim: str
    code: str
    retry_at: datetime


@event("ChunkSent", stream="conversation")
class ChunkSent(Event):
    """The provider took the chunk; it is known there as provider_id."""

    conversation: str
    chunk: str
    claim: str
    provider_id: str
    how: SentHow


@event("ChunkFailed", stream="conversation")
class ChunkFailed(Event):
    """The provider refused for good."""

    conversation: str
    chunk: str
    claim: str
    code: str


@event("ChunkOutcomeUnknown", stream="conversation")
class ChunkOutcomeUnknown(Event):
    """Called, no answer, not found: it may have been shown. Never tried again by itself."""

    conversation: str
    chunk: str
    claim: str


@event("ReceiptRecorded", stream="conversation")
class ReceiptRecorded(Event):
    """The provider's word on one of our messages. status: as in `domain.kernel.items.RECEIPT_STATUSES`."""

    conversation: str
    provider_id: str
    status: str
    provider_at: datetime | None
    code: str | None


@event("ReceiptParked", stream="conversation")
class ReceiptParked(Event):
    """A receipt came before we know its message; it counts once the message is known."""

    conversation: str
    provider_id: str
    status: str
    provider_at: datetime | None
    code: str | None
