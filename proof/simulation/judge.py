"""What counts in the model's log: by the oracle's own chain rule, so that a wrong reader does not hide its wrongs."""

from __future__ import annotations

from collections import deque

from eventlog.codec import Codec
from eventlog.model import Anchor, Commit, LogRecord, Recorded, Refusal
from proof.oracle.chain import Chain, Counted
from proof.simulation.scene import origin


class Judge:
    """accepted: the commits that count, in order. anchors: by head, after each of them."""

    def __init__(self, codec: Codec) -> None:
        first = origin()
        self.accepted: list[Commit] = []
        self.anchors: dict[bytes, Anchor] = {first.head: first}
        self._codec = codec
        self._chain = Chain(first.head)
        self._kept: deque[LogRecord] = deque()

    @property
    def anchor(self) -> Anchor:
        """After the last commit that counts."""
        return self.anchors[self._chain.head]

    @property
    def end(self) -> int:
        """After the last record of a commit that counts."""
        return self.anchor.next_offset

    def take(self, record: LogRecord) -> None:
        """The next record of the log."""
        prev = self._chain.head
        self._kept.append(record)
        for counted in self._chain.read([record]):
            self._accept(prev, counted)
        while len(self._kept) > self._chain.pending:
            self._kept.popleft()

    def _accept(self, prev: bytes, counted: Counted) -> None:
        records = tuple(self._kept)[-len(counted.values) :]
        bodies = [self._codec.decode(value) for value in counted.values]
        commit = Commit(
            epoch=0,
            partition=0,
            first_offset=records[0].offset,
            next_offset=records[-1].offset + 1,
            command_offset=counted.command,
            prev=prev,
            head=self._chain.head,
            journey=counted.journey,
            events=tuple(body for body in bodies if isinstance(body, Recorded)),
            refusal=next((body for body in bodies if isinstance(body, Refusal)), None),
            records=records,
        )
        self.accepted.append(commit)
        self.anchors[commit.head] = self.anchors[prev].after(commit)
