"""Who may write: the rule by which a position lets a batch in, without I/O. A zombie's batch does not pass it.

A position says of one partition: this generation stands after this commit. Only the commits that continue it there may
be written, in the transaction that moves it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from domain.kernel.errors import LegionError
from eventlog.model import Anchor, Commit

FENCED = "fenced"
"""State of a generation that nobody projects or claims in any more."""


class Fenced(LegionError):
    """This projector is not the one that writes here: its position is old, or its generation was fenced. It stops."""

    status = 409
    default_code = "projector_fenced"


def continued(
    positions: Mapping[int, tuple[Anchor, int]], commits: Iterable[Commit], *, generation: int, state: str
) -> dict[int, Anchor]:
    """Partition → its anchor after the commits. Raises Fenced, and then nothing may be written.

    positions: partition → (anchor, generation that it belongs to), locked. state: of the database's generation, read
    after the lock. commits: in the order of each partition.
    """
    for _, owner in positions.values():
        if owner != generation:
            raise Fenced(detail=f"generation {generation} may not write here")
    after = {partition: anchor for partition, (anchor, _) in positions.items()}
    for commit in commits:
        anchor = after.get(commit.partition)
        if anchor is None or not follows(anchor, commit):
            raise Fenced(detail=f"partition {commit.partition} is not where offset {commit.first_offset} continues")
        after[commit.partition] = anchor.after(commit)
    if state == FENCED:
        raise Fenced(detail=f"generation {generation} was fenced")
    return after


def follows(anchor: Anchor, commit: Commit) -> bool:
    """By the chain, not by offsets: the head says everything that came before."""
    return (commit.epoch, commit.prev) == (anchor.epoch, anchor.head)
