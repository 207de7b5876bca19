"""Events of a conversation for tests of what is read from them. Texts are "sealed" as plain bytes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from domain.conversation import events as c
from domain.conversation.parts import Chunk, SentHow
from domain.kernel.actor import NORMALISER
from domain.kernel.command import EventMeta
from domain.kernel.event import Event
from domain.kernel.sealed import Sealed
from eventlog.model import Recorded

AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
TALK = "conversation-c1"


def opened(sealed: Sealed) -> str:
    return bytes(sealed).decode()


class Story:
    """Builds a conversation event by event."""

    def __init__(self) -> None:
        self.events: list[Recorded] = []

    def add(self, cls: type[Event], **fields: Any) -> Story:
        version = len(self.events) + 1
        made: Any = cls
        event = made(originator_id=TALK, originator_version=version, timestamp=AT, conversation="c1", **fields)
        meta = EventMeta(
            event_id=f"e{version}",
            tenant="t1",
            journey="lead/l1",
            stream=TALK,
            version=version,
            command_id=f"k{version}",
            actor=NORMALISER.without_grant(),
            at=AT,
        )
        self.events.append(Recorded(meta, event))
        return self

    def lead(self, id_: str, text: str | None, kind: str = "text") -> Story:
        return self.add(
            c.MessageReceived,
            message=f"m-{id_}",
            provider_id=id_,
            kind=kind,
            provider_at=None,
            text=_sealed(text),
            content=None,
            quoted_id=None,
            address=Sealed(b"a"),
            late=False,
            turn=None,
            handling=None,
        )

    def human(self, id_: str, text: str) -> Story:
        return self.add(
            c.HumanMessageSent,
            message=f"m-{id_}",
            provider_id=id_,
            kind="text",
            provider_at=None,
            text=_sealed(text),
            content=None,
        )

    def edited(self, target: str, text: str, *, after_s: int | None = None) -> Story:
        """after_s: by the provider's clock, seconds after `AT`; None where it tells no time."""
        at = None if after_s is None else AT + timedelta(seconds=after_s)
        return self.add(c.MessageEdited, provider_id=target, target=target, text=_sealed(text), provider_at=at)

    def deleted(self, target: str) -> Story:
        return self.add(c.MessageDeleted, provider_id=target, target=target, provider_at=None)

    def failed_with(self, *texts: str) -> Story:
        chunks = tuple(
            Chunk(chunk=f"x{seq}", seq=seq, text=Sealed(text.encode()), tag="t", typing_ms=0)
            for seq, text in enumerate(texts)
        )
        return self.add(c.ReplyFailed, reply="r1", turn="t1", code="chat_failed", chunks=chunks)

    def sent(self, chunk: str, provider_id: str) -> Story:
        return self.add(c.ChunkSent, chunk=chunk, claim="k", provider_id=provider_id, how=SentHow.ANSWER)

    def unknown(self, chunk: str) -> Story:
        return self.add(c.ChunkOutcomeUnknown, chunk=chunk, claim="k")


def _sealed(text: str | None) -> Sealed | None:
    return None if text is None else Sealed(text.encode())
