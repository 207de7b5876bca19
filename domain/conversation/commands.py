"""Commands to a conversation, from the provider (normalise), from effects (streams/) and from people (api/)."""

from __future__ import annotations

from datetime import datetime

from domain.conversation.parts import AliasRef, Chunk, Handling, SentHow, SourcePosition
from domain.deal.parts import AutoHandoff
from domain.kernel.actor import Permission
from domain.kernel.command import Command, command
from domain.kernel.sealed import Address, ContactName, MessageContent, MessageText
from domain.kernel.usage import Usage
from domain.lead.parts import Bar, Fact, Touch


@command("ReceiveMessage", needs=Permission.CONVERSATION_RECEIVE)
class ReceiveMessage(Command):
    """A lead wrote (any message kind but edit, delete, reaction). Creates lead and conversation where needed.

    message: our id. aliases: all ids of the person; new ones are linked. handling: None when no Centurion answers on
    the instance. opts_out: the words ask not to be written to (computed at the edge). late: see MessageReceived.
    opted_out_before: the person had asked so before an erasure; the vault kept it with the aliases. touch: the ad that
    the message came from.
    """

    lead: str
    conversation: str
    instance: str
    channel: str
    aliases: tuple[AliasRef, ...]
    name: ContactName | None
    name_digest: str | None
    message: str
    provider_id: str
    kind: str
    provider_at: datetime | None
    text: MessageText | None
    content: MessageContent | None
    quoted_id: str | None
    address: Address
    handling: Handling | None
    opts_out: bool
    late: bool
    source: SourcePosition
    opted_out_before: bool = False
    touch: Touch | None = None


@command("ReceiveEdit", needs=Permission.CONVERSATION_RECEIVE)
class ReceiveEdit(Command):
    """The words of an earlier message were changed."""

    lead: str
    conversation: str
    provider_id: str
    target: str
    text: MessageText | None
    provider_at: datetime | None


@command("ReceiveDelete", needs=Permission.CONVERSATION_RECEIVE)
class ReceiveDelete(Command):
    """A message was withdrawn."""

    lead: str
    conversation: str
    provider_id: str
    target: str
    provider_at: datetime | None


@command("ReceiveReaction", needs=Permission.CONVERSATION_RECEIVE)
class ReceiveReaction(Command):
    """The lead reacted to a message; reaction None: removed."""

    lead: str
    conversation: str
    provider_id: str
    target: str
    reaction: MessageText | None
    provider_at: datetime | None


@command("ReceiveOwnMessage", needs=Permission.CONVERSATION_RECEIVE)
class ReceiveOwnMessage(Command):
    """Our own number wrote: the echo of a chunk, or a person on the phone.

    tag: keyed digest of the text under the lead's key. Known provider id, or the tag of an open attempt: ours.
    quoted_id: provider id of the message that it answers.
    """

    lead: str
    conversation: str
    instance: str
    channel: str
    aliases: tuple[AliasRef, ...]
    message: str
    provider_id: str
    kind: str
    provider_at: datetime | None
    text: MessageText | None
    content: MessageContent | None
    tag: str | None
    late: bool
    quoted_id: str | None = None


@command("ReceiveReceipt", needs=Permission.CONVERSATION_RECEIVE)
class ReceiveReceipt(Command):
    """The provider's word on a message of ours."""

    lead: str
    conversation: str
    provider_id: str
    status: str
    provider_at: datetime | None
    code: str | None


@command("TakeFloor", needs=Permission.CONVERSATION_FLOOR)
class TakeFloor(Command):
    """People answer from now on."""

    lead: str
    conversation: str


@command("GiveFloorBack", needs=Permission.CONVERSATION_FLOOR)
class GiveFloorBack(Command):
    """The Centurion answers again. handling: as of now."""

    lead: str
    conversation: str
    handling: Handling | None


@command("CloseTurn", needs=Permission.CONVERSATION_ANSWER)
class CloseTurn(Command):
    """The window is over. Stale (refused) when a newer message than last_message is in the turn."""

    lead: str
    conversation: str
    turn: str
    last_message: str


@command("RecordReply", needs=Permission.CONVERSATION_ANSWER)
class RecordReply(Command):
    """The AI answered. See ReplyGenerated. A reply that was cancelled meanwhile is discarded with its cost."""

    lead: str
    conversation: str
    reply: str
    prompt_version: str
    prompt_hash: str
    parameters: dict[str, str]
    context: tuple[str, ...]
    usage: Usage
    chunks: tuple[Chunk, ...]


@command("RecordReplyFailure", needs=Permission.CONVERSATION_ANSWER)
class RecordReplyFailure(Command):
    """The AI did not answer after all tries. fallback: the stated message, cut; empty: people get the floor."""

    lead: str
    conversation: str
    reply: str
    code: str
    fallback: tuple[Chunk, ...]


@command("RecordReading", needs=Permission.CONVERSATION_ANSWER)
class RecordReading(Command):
    """The words up to a turn's close were read for what the company's rules ask. reply: of that turn. dropped: what the
    model said and nobody can use. bar, handoff: of the rules that were read for. Whoever asks must have validated the
    facts against their questions, and that each source is a message of the lead's."""

    lead: str
    conversation: str
    reply: str
    facts: tuple[Fact, ...]
    intent: str | None
    dropped: int
    bar: Bar
    handoff: AutoHandoff | None
    usage: Usage


@command("AttemptChunk", needs=Permission.CONVERSATION_SEND)
class AttemptChunk(Command):
    """A runner asks to be the one that calls, under a fresh claim. timeout_ms: of the call it will make."""

    lead: str
    conversation: str
    chunk: str
    claim: str
    timeout_ms: int


@command("RecordNotCalled", needs=Permission.CONVERSATION_SEND)
class RecordNotCalled(Command):
    """The claim's holder did not call. Alone this reopens the chunk. retry_ms: not before this much from now."""

    lead: str
    conversation: str
    chunk: str
    claim: str
    retry_ms: int


@command("RecordRejected", needs=Permission.CONVERSATION_SEND)
class RecordRejected(Command):
    """The provider definitely refused for now."""

    lead: str
    conversation: str
    chunk: str
    claim: str
    code: str
    retry_ms: int


@command("RecordSent", needs=Permission.CONVERSATION_SEND)
class RecordSent(Command):
    """The provider took it. A late success of the same claim still makes it sent."""

    lead: str
    conversation: str
    chunk: str
    claim: str
    provider_id: str
    how: SentHow


@command("RecordChunkFailed", needs=Permission.CONVERSATION_SEND)
class RecordChunkFailed(Command):
    """The provider refused for good; the rest of the reply is cancelled."""

    lead: str
    conversation: str
    chunk: str
    claim: str
    code: str


@command("RecordOutcomeUnknown", needs=Permission.CONVERSATION_SEND)
class RecordOutcomeUnknown(Command):
    """Asked and not found: not proof of not sent. The rest of the reply is cancelled and a human asked."""

    lead: str
    conversation: str
    chunk: str
    claim: str
