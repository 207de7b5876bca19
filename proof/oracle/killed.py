"""Whether somebody died at each point that was chosen."""

from __future__ import annotations

from collections.abc import Sequence

from proof.tally import Tally


def killed_tally(points: Sequence[str], died: Sequence[str]) -> Tally:
    """unresolved: a point that nobody came to."""
    missed = sorted(set(points) - set(died))
    return Tally(
        len(died),
        unresolved=len(points) - len(died),
        facts={"points": float(len(set(died)))},
        examples=tuple(f"nobody came to {point}" for point in missed),
    )
