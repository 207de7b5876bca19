"""The writer's speculative end of the log: what it decides on, and what its decisions add."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from commands.answer import Answer, Answerer
from commands.batch import Batch
from commands.cache import Cache
from commands.intake import Asked, Fault
from commands.overlay import OBJECT_BYTES, Entry, Overlay
from commands.ports import Loaded
from domain.kernel.stream import Stream
from eventlog.codec import Codec
from eventlog.model import Anchor, Refusal

QUARANTINED: Final = Fault("journey_quarantined", "an event of this journey cannot be applied")


class Tip:
    """head, next_offset: what the next commit links to, and where it will lie if nobody else writes."""

    def __init__(self, anchor: Anchor, codec: Codec) -> None:
        self.head = anchor.head
        self.next_offset = anchor.next_offset
        self.overlay = Overlay(anchor.next_offset)
        self.cache = Cache()
        self._answerer = Answerer(anchor.epoch, codec)

    def discard(self, verified_to: int) -> None:
        """Forgets what was only hoped for. The cached streams go too: which of them hold such events is not known."""
        self.overlay.discard_from(verified_to)
        self.cache.clear()

    def knows(self, asked: Asked, loaded: Loaded) -> bool:
        """The command id was answered before: same id, same answer."""
        return (asked.journey, asked.command_id) in loaded.known or self.overlay.knows(asked.journey, asked.command_id)

    def answer(self, asked: Asked, batch: Batch, loaded: Loaded) -> Answer | None:
        """The commit that answers the command; None if a stream has to be loaded first."""
        at = self._at(asked, loaded)
        if asked.fault is not None:
            return self._answerer.refuse(asked, self.head, at, asked.fault)
        if asked.journey in loaded.quarantined or self.overlay.quarantines(asked.journey):
            return self._answerer.refuse(asked, self.head, at, QUARANTINED)
        streams: dict[str, Stream] = {}
        for name in asked.streams:
            stream = self.cache.get((asked.journey, name))
            if stream is None:
                if (asked.journey, name) not in batch.requested:
                    return None
                try:
                    stream = self._build(asked.journey, name, loaded)
                except Exception:  # noqa: BLE001  whatever evolving makes of a broken history
                    return self._answerer.refuse(asked, self.head, at, QUARANTINED)
                self.cache.put(asked.journey, stream)
            streams[name] = stream
        return self._decide(asked, at, streams)

    def refuse(self, asked: Asked, loaded: Loaded, fault: Fault) -> Answer:
        """The commit that says no without asking the decider."""
        return self._answerer.refuse(asked, self.head, self._at(asked, loaded), fault)

    def speculate(self, asked: Asked, answer: Answer) -> None:
        """The commit is as good as written: what is decided next builds on it."""
        built, body = answer.built, answer.body
        at = body.at if isinstance(body, Refusal) else body[0].at
        size = built.size + OBJECT_BYTES * len(built.records)
        self.overlay.add(Entry(self.next_offset, asked.journey, asked.command_id, at, answer.events, False, size))
        self.head = built.head
        self.next_offset += len(built.records)

    def _at(self, asked: Asked, loaded: Loaded) -> datetime:
        """max(LogAppendTime of the command, the journey's last `at`)."""
        times = (asked.at, loaded.last_at.get(asked.journey), self.overlay.last_at(asked.journey))
        return max(time for time in times if time is not None)

    def _build(self, journey: str, name: str, loaded: Loaded) -> Stream:
        """The stream at this tip: the journal's events, and over them what the journal does not have."""
        stream = Stream.of(name).replay(loaded.events.get((journey, name), ()))
        return stream.replay(self.overlay.events(journey, name, loaded.next_offset))

    def _decide(self, asked: Asked, at: datetime, streams: dict[str, Stream]) -> Answer:
        versions = [(stream, stream.version) for stream in streams.values()]
        answer = self._answerer.answer(asked, self.head, at, streams)
        crashed = answer.fault is not None and answer.fault.code == "decider_crashed"
        for stream, version in versions:
            if stream.version == version and not crashed:
                continue
            if answer.fault is None:
                self.cache.put(asked.journey, stream)  # it has grown
            else:
                self.cache.evict((asked.journey, stream.id))  # changed half-way: rebuilt when it is needed next
        return answer
