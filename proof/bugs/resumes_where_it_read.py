"""A writer that goes on where it stopped reading, not where the chain ends: what it had under way is passed over."""

from __future__ import annotations

from commands.actions import Action
from commands.core import PartitionWriter

synced = PartitionWriter.synced


def resume(self: PartitionWriter, position: int, commands_begin: int, commands_end: int) -> list[Action]:
    read_to = min(self._expected, commands_end)
    actions = synced(self, position, commands_begin, commands_end)
    return [self._consume(read_to)] if actions and read_to > self._expected else actions


def plant() -> None:
    PartitionWriter.synced = resume  # type: ignore[method-assign]  # that is the bug
