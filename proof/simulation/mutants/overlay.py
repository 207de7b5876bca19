"""The overlay: what the log has and the journal does not yet is laid over what the journal says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from commands.core import PartitionWriter
from commands.overlay import Overlay
from commands.ports import Loaded
from domain.kernel.event import Event
from proof.simulation.mutants import mutant

Events = Callable[[Overlay, str, str, int], Iterator[Event]]
Knows = Callable[[Overlay, str, str], bool]
Trim = Callable[[Overlay, int], None]
LastAt = Callable[[Overlay, str], datetime | None]
Ahead = Callable[[PartitionWriter, Loaded], bool]


@mutant(Overlay, "events")
def lays_nothing_over(_real: Events) -> Events:
    """Streams are as the journal has them: a right link and a wrong version, which the chain does not catch."""
    return lambda _self, _journey, _stream, _position: iter(())


@mutant(Overlay, "knows")
def knows_no_ids(_real: Knows) -> Knows:
    """A command that came twice before the journal had it is answered twice."""
    return lambda _self, _journey, _command: False


@mutant(Overlay, "trim")
def forgets_too_early(real: Trim) -> Trim:
    """Drops commits that the journal does not have yet."""
    return lambda self, position: real(self, position + 3)


@mutant(Overlay, "trim")
def takes_answers_from_before_it_forgot(real: Trim) -> Trim:
    """An answer older than what was dropped is used: between the two, commits are missing."""

    def trim(self: Overlay, position: int) -> None:
        real(self, position)
        self.base = 0

    return trim


@mutant(Overlay, "last_at")
def forgets_the_time(_real: LastAt) -> LastAt:
    """A journey's time goes back."""
    return lambda _self, _journey: None
