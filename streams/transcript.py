"""What was said in a conversation, read from its events: the Centurion's memory of it. Pure; texts come in opened."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
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
    """In the order of the log. Edited words replace the old ones, withdrawn messages are left out; a provider may tell
    of both before it tells of the message, and of the first edit after the second.

    Of a reply only what was sent, or may have been, was said. A message without words is named by its kind.
    """
    said: dict[str, Said] = {}
    chunks: dict[str, tuple[str, Sealed]] = {}
    edits: dict[str, tuple[datetime, str, Sealed]] = {}
    withdrawn: set[str] = set()
    for recorded in events:
        event, id_ = recorded.event, recorded.meta.event_id
        if isinstance(event, (c.MessageReceived, c.HumanMessageSent)):
            speaker = Speaker.LEAD if isinstance(event, c.MessageReceived) else Speaker.HUMAN
            said[event.provider_id] = Said(speaker, _words(event, open_text), id_, event.provider_id)
        elif isinstance(event, c.MessageEdited) and event.text is not None:
            at = event.provider_at or recorded.meta.at
            if event.target not in edits or edits[event.target][0] <= at:
                edits[event.target] = at, id_, event.text
        elif isinstance(event, c.MessageDeleted):
            withdrawn.add(event.target)
        elif isinstance(event, (c.ReplyGenerated, c.ReplyFailed, c.NoticeWritten)):
            chunks.update({chunk.chunk: (id_, chunk.text) for chunk in event.chunks})
        elif isinstance(event, (c.ChunkSent, c.ChunkOutcomeUnknown)) and event.chunk in chunks:
            made_by, text = chunks[event.chunk]
            key = event.provider_id if isinstance(event, c.ChunkSent) else event.chunk
            said[key] = Said(Speaker.CENTURION, open_text(text), made_by, key)
    for target, (_, id_, text) in edits.items():
        if target in said and target not in withdrawn:
            said[target] = replace(said[target], text=open_text(text), event_id=id_)
    return tuple(each for key, each in said.items() if key not in withdrawn)


def _words(event: c.MessageReceived | c.HumanMessageSent, open_text: Open) -> str:
    text = open_text(event.text) if event.text is not None else ""
    if event.kind == "text":
        return text
    return f"[{event.kind}] {text}".strip()
