"""The model of both topics, and what the broker may do to them: tear, double, delay, reorder, lose the answer."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from domain.kernel.command import Command, CommandMeta
from eventlog.chain import HEADER, Link
from eventlog.cloudevents import command_headers
from eventlog.codec import Codec
from eventlog.model import LogRecord, Outgoing
from proof.simulation.judge import Judge

FOREIGN: Final = 7
"""Kinds of what nobody of ours wrote so."""

FOREIGN_RECORDS: Final = 9
"""Of a commit that nobody finishes. None of ours has so many: a copied record of ours cannot complete it. Whoever may
write whole commits into [events] is beyond the rule."""


@dataclass(slots=True)
class Topic:
    """Offsets may have gaps: control records take one and are never delivered."""

    records: list[LogRecord] = field(default_factory=list)
    end: int = 0
    _offsets: list[int] = field(default_factory=list)

    def append(self, record: Outgoing, at_ms: int = 0) -> LogRecord:
        landed = LogRecord(0, self.end, at_ms, *record)
        self.records.append(landed)
        self._offsets.append(self.end)
        self.end += 1
        return landed

    def between(self, start: int, stop: int) -> list[LogRecord]:
        return self.records[bisect_left(self._offsets, start) : bisect_left(self._offsets, stop)]


class Log:
    def __init__(self, codec: Codec) -> None:
        self.commands = Topic()
        self.events = Topic()
        self.judge = Judge(codec)
        self._codec = codec

    def ask(self, meta: CommandMeta, command: Command, at_ms: int) -> None:
        """at_ms: LogAppendTime, about: not even that need be in order."""
        headers = command_headers(command.TOPIC, meta)
        at_ms -= 25 * (self.commands.end % 3)
        self.commands.append(Outgoing(meta.journey.encode(), self._codec.encode_command(meta, command), headers), at_ms)

    def write(self, records: Sequence[Outgoing]) -> int:
        """Lands a batch; returns its first offset."""
        first = self.events.end
        for record in records:
            self.judge.take(self.events.append(record))
        return first

    # Records that nobody of ours wrote so.

    def foreign(self, n: int) -> str:
        """Returns what it was."""
        kinds = (
            self._control_record_in_events,
            self._control_record_in_commands,
            self._unlinked,
            self._begin_a_commit,
            self._copy,
            self._answer_again,
            self._answer_from_behind,
        )
        assert len(kinds) == FOREIGN
        return kinds[n % FOREIGN]()

    def _control_record_in_events(self) -> str:
        self.events.end += 1
        return "a control record in [events]"

    def _control_record_in_commands(self) -> str:
        self.commands.end += 1
        return "a control record in [commands]"

    def _unlinked(self) -> str:
        self.write([Outgoing(b"k", b"v", ())])
        return "a record without a link"

    def _begin_a_commit(self) -> str:
        anchor = self.judge.anchor
        link = Link(0, anchor.last_command_offset + 1, 0, FOREIGN_RECORDS, anchor.head)
        self.write([Outgoing(b"lead/1", b"half", ((HEADER, link.text()),))])
        return "the first record of a commit that nobody finishes"

    def _copy(self) -> str:
        """A client without idempotence writes its last batch once more."""
        if self.judge.accepted:
            self.write([Outgoing(r.key, r.value, r.headers) for r in self.judge.accepted[-1].records])
        return "the last commit once more"

    def _answer_again(self) -> str:
        """A writer that has forgotten where it was: its link is right, its command was answered."""
        if self.judge.accepted:
            self._forge(self.judge.accepted[-1].command_offset, self.judge.anchor.head)
        return "the last command answered again, linked to the head"

    def _answer_from_behind(self) -> str:
        """A writer that was paused: its command is the next one, its head an old one."""
        if self.judge.accepted:
            last = self.judge.accepted[-1]
            self._forge(last.command_offset + 1, last.prev)
        return "an answer linked to an old head"

    def _forge(self, command_offset: int, head: bytes) -> None:
        """The last commit's words, linked otherwise."""
        records = self.judge.accepted[-1].records
        links = (Link(0, command_offset, i, len(records), head).text() for i in range(len(records)))
        self.write(
            [
                Outgoing(r.key, r.value, (*[h for h in r.headers if h[0] != HEADER], (HEADER, link)))
                for r, link in zip(records, links, strict=True)
            ]
        )
