"""A reader that also asks whether the chain goes on where the log does: for whoever verifies, not for who applies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from eventlog.chain import Link
from eventlog.codec import Codec
from eventlog.consumer import LogConsumer
from eventlog.model import Anchor, Commit
from eventlog.reader import Reader

UNANSWERED: Final = 10_000
"""So many are remembered: more than any writer leaves behind, and no more of a log that is broken in the middle."""


class WatchfulReader(Reader):
    """unanswered: command offset → from the commit that counted last to the void one that answers it, as long as none
    that counts does. Not empty: the chain does not go on where the log does. A writer is about to decide again, or
    somebody altered the log in that piece: every void of a writer is decided anew at the same command offset.
    """

    def __init__(self, anchor: Anchor, codec: Codec | None = None) -> None:
        super().__init__(anchor, codec)
        self.unanswered: dict[int, range] = {}
        self._skipped: list[range] = []  # command offsets before the last one that no accepted commit answers

    @property
    def stray(self) -> range | None:
        """The first of the unanswered pieces."""
        return min(self.unanswered.values(), key=lambda piece: piece.stop, default=None)

    def _judge(self, link: Link) -> Commit | None:
        first, before, closed = self._open[0].offset, self.anchor, self.closed
        commit = super()._judge(link)
        if commit is not None:
            if commit.command_offset > before.last_command_offset + 1:
                self._skipped.append(range(before.last_command_offset + 1, commit.command_offset))
            self.unanswered.pop(commit.command_offset, None)
        elif link.epoch == before.epoch and (closed or link.prev != before.head):  # after the end: was that the end?
            self._miss(link.command_offset, first)
        return commit

    def _miss(self, command_offset: int, offset: int) -> None:
        """A complete commit that does not count answers this command: does one that counts?"""
        if len(self.unanswered) < UNANSWERED and (
            command_offset > self.anchor.last_command_offset
            or any(command_offset in skipped for skipped in self._skipped)
        ):
            self.unanswered.setdefault(command_offset, range(max(0, self.anchor.commit_offset), offset + 1))


class WatchfulConsumer(LogConsumer):
    """See `LogConsumer` and `WatchfulReader`."""

    def __init__(self, bootstrap: str, topic: str, anchors: Iterable[Anchor], *, cluster: str) -> None:
        super().__init__(bootstrap, topic, anchors, cluster=cluster, reader=WatchfulReader)
        self._watchful = {n: reader for n, reader in self._readers.items() if isinstance(reader, WatchfulReader)}

    def goes_on(self, partition: int) -> bool:
        """Whether the chain goes on where the log does."""
        return not self._watchful[partition].unanswered

    def stray(self, partition: int) -> range | None:
        """The first piece of the log after which the chain does not go on; None where it does."""
        return self._watchful[partition].stray
