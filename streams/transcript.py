"""What was said in a conversation, read from its events: the Centurion's memory of it. Pure; texts come in opened."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from domain.conversation import events as c
from domain.kernel.sealed import Sealed
from eventlog.model import Recorded

Open = Callable[[Sealed], str]
"""Sealed `message.text` → words."""


class Speaker(StrEnum):
    LEAD = "lead"
    CENTURION = "centurion"
    HUMAN = "human"


@dataclass(frozen=True, slots=True)
class Said:
    """One message. event_id: of the event that holds its words (after an edit: the edit's). key: its provider id."""

    speaker: Speaker
    text: str
    event_id: str
    key: str


def transcript(events: Iterable[Recorded], open_text: Open) -> tuple[Said, ...]:
    """In the order of the log. Edited words replace the old ones, withdrawn messages are left out.

    Of a reply only what was sent, or may have been, was said. A message without words is named by its kind.
    """
    said: dict[str, Said] = {}
    chunks: dict[str, tuple[str, Sealed]] = {}
    for recorded in events:
        event, id_ = recorded.event, recorded.meta.event_id
        if isinstance(event, (c.MessageReceived, c.HumanMessageSent)):
            speaker = Speaker.LEAD if isinstance(event, c.MessageReceived) else Speaker.HUMAN
            said[event.provider_id] = Said(speaker, _words(event, open_text), id_, event.provider_id)
        elif isinstance(event, c.MessageEdited):
            old = said.get(event.target)
            if old is not None and event.text is not None:
                said[event.target] = replace(old, text=open_text(event.text), event_id=id_)
        elif isinstance(event, c.MessageDeleted):
            said.pop(event.target, None)
        elif isinstance(event, (c.ReplyGenerated, c.ReplyFailed)):
            chunks.update({chunk.chunk: (id_, chunk.text) for chunk in event.chunks})
        elif isinstance(event, (c.ChunkSent, c.ChunkOutcomeUnknown)) and event.chunk in chunks:
            made_by, text = chunks[event.chunk]
            key = event.provider_id if isinstance(event, c.ChunkSent) else event.chunk
            said[key] = Said(Speaker.CENTURION, open_text(text), made_by, key)
    return tuple(said.values())


def _words(event: c.MessageReceived | c.HumanMessageSent, open_text: Open) -> str:
    text = open_text(event.text) if event.text is not None else ""
    if event.kind == "text":
        return text
    return f"[{event.kind}] {text}".strip()
