"""The chain rule: complete, linked to the head, a command that was not answered yet."""

from __future__ import annotations

from collections.abc import Callable

from eventlog.chain import Link
from eventlog.model import Commit, LogRecord
from eventlog.reader import Reader, link_of
from proof.simulation.mutants import mutant

Judge = Callable[[Reader, Link], Commit | None]
Take = Callable[[Reader, LogRecord], Commit | None]


@mutant(Reader, "_judge")
def takes_any_prev(real: Judge) -> Judge:
    """A commit counts whatever it is linked to: a zombie's answers count beside the owner's."""
    return lambda self, link: real(self, link._replace(prev=self.anchor.head))


@mutant(Reader, "_judge")
def takes_answered_commands(real: Judge) -> Judge:
    """A commit counts though its command was answered before: a writer that forgot where it was doubles it."""
    return lambda self, link: real(
        self, link._replace(command_offset=max(link.command_offset, self.anchor.last_command_offset + 1))
    )


@mutant(Reader, "_take")
def takes_the_first_record_for_all(_real: Take) -> Take:
    """A commit counts from its first record on: a torn one is half applied."""

    def take(self: Reader, record: LogRecord) -> Commit | None:
        link = link_of(record)
        if link is None or link.i:
            return None
        self._open = [record]
        return self._judge(link)

    return take


@mutant(Reader, "_take")
def waits_for_the_rest(real: Take) -> Take:
    """A torn commit stays open until its rest comes: what stands between is not heard, or it counts in pieces."""

    def take(self: Reader, record: LogRecord) -> Commit | None:
        link = link_of(record)
        if self._open and (link is None or not self._continues(link, record)):
            return None
        return real(self, record)

    return take
