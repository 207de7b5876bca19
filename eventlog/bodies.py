"""The two bodies that belong to the log itself and change no stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

COMMAND_REFUSED: Final = "CommandRefused"
EPOCH_CLOSED: Final = "EpochClosed"


@dataclass(frozen=True, kw_only=True)
class CommandRefused:
    """A command was refused: recorded, because a refusal is audit too, and so that its id keeps its answer.

    In `meta`, version is 0 and stream the first one that the command was routed to (empty: none).
    command_topic: the refused command's topic, empty if it could not be read. code: stable, see the error tree.
    detail: for people, free of personal data.
    """

    command_topic: str
    code: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class EpochClosed:
    """The last commit of a partition in its epoch: readers finish it before the next begins.

    next_epoch: the epoch that follows. partitions: how many it has.
    """

    next_epoch: int
    partitions: int


OWN_BODIES: Final[dict[str, type]] = {COMMAND_REFUSED: CommandRefused, EPOCH_CLOSED: EpochClosed}
"""Topic → class."""
