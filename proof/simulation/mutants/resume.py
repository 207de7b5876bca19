"""Resuming: from a trusted anchor, verified to the end, at the command after the last one answered, without hopes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from commands.actions import Action, Consume
from commands.core import PartitionWriter
from commands.tip import Tip
from eventlog.model import LogRecord
from eventlog.reader import link_of
from proof.simulation.mutants import mutant

Verified = Callable[[PartitionWriter, Sequence[LogRecord]], list[Action]]
Ordered = Callable[[PartitionWriter, LogRecord], bool]
Consuming = Callable[[PartitionWriter, int], Consume]
Discard = Callable[[Tip, int], None]


@mutant(PartitionWriter, "verified")
def takes_the_last_record_for_the_head(real: Verified) -> Verified:
    """The newest record is the anchor: voids link to each other, and the chain goes on from one of them."""

    def verified(self: PartitionWriter, records: Sequence[LogRecord]) -> list[Action]:
        for record in records:
            link = link_of(record)
            if link is not None and link.i == 0:
                reader = self._verifier.reader
                reader.anchor = replace(
                    reader.anchor, head=link.prev, last_command_offset=link.command_offset - 1, commit_offset=-1
                )
        return real(self, records)

    return verified


@mutant(PartitionWriter, "_in_order")
def believes_every_poll(_real: Ordered) -> Ordered:
    """A client that skipped commands is believed: they are never answered."""
    return lambda _self, _record: True


@mutant(PartitionWriter, "_consume")
def goes_on_where_it_stood(real: Consuming) -> Consuming:
    """After a discard it does not go back: what was decided and not written is lost."""
    return lambda self, offset: real(self, max(offset, self._expected))


@mutant(Tip, "discard")
def keeps_its_live_streams(_real: Discard) -> Discard:
    """Streams that hold events which were only hoped for stay: versions have gaps."""
    return lambda self, verified_to: self.overlay.discard_from(verified_to)


@mutant(Tip, "discard")
def keeps_its_hopes_as_answers(_real: Discard) -> Discard:
    """The overlay keeps what was not written: its commands count as answered."""
    return lambda self, _verified_to: self.cache.clear()
