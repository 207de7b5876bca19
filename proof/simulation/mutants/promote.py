"""Promotion: what was sent is true only once it is acknowledged at the very offset that was expected."""

from __future__ import annotations

from collections.abc import Callable

from commands.actions import Action
from commands.batch import Parcel
from commands.core import PartitionWriter
from proof.simulation.mutants import mutant

Told = Callable[[PartitionWriter, int, int], list[Action]]
Failed = Callable[[PartitionWriter, int, str], list[Action]]
Flush = Callable[[PartitionWriter, Parcel], list[Action]]


@mutant(PartitionWriter, "acknowledged")
def promotes_at_any_offset(real: Told) -> Told:
    """Any acknowledgement will do: somebody else has written between, and what was promoted is void."""

    def acknowledged(self: PartitionWriter, token: int, offset: int) -> list[Action]:
        for sent in self._sent:
            if sent.token == token:
                return real(self, token, sent.first_offset)
        return real(self, token, offset)

    return acknowledged


@mutant(PartitionWriter, "send_failed")
def takes_silence_for_written(_real: Failed) -> Failed:
    """No answer counts as an acknowledgement: what never reached the log is promoted."""

    def send_failed(self: PartitionWriter, token: int, _why: str) -> list[Action]:
        for sent in self._sent:
            if sent.token == token:
                return self.acknowledged(token, sent.first_offset)
        return []

    return send_failed


@mutant(PartitionWriter, "_flush")
def promotes_when_it_sends(real: Flush) -> Flush:
    """What was handed to the producer counts as written."""

    def flush(self: PartitionWriter, parcel: Parcel) -> list[Action]:
        actions = real(self, parcel)
        for sent in self._sent:
            if sent.offset is None:
                sent.offset = sent.first_offset
                self._verifier.acknowledge(sent)
        return actions

    return flush
