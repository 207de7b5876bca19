"""Commits of one log partition → planned blocks. No I/O, no clock.

A block is inserted at once, lies in one partition of [events] and one month of the table, and is exactly what its plan
says: from where to where. The plan is committed before the block and repeated unchanged after a crash.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from domain.kernel.errors import Corrupt
from eventlog.model import Anchor, Commit
from projections.clickhouse.rows import Row, Rows

BLOCK_ROWS: Final = 20_000
"""A full block. Claim, read-back and an insert that feeds four tables cost the embedded server some 60 ms whatever its
rows (10 rows: 60, 4,000: 120, 10,000: 160 to 250, beside other load); here that is small beside the rows."""

LINGER_S: Final = 1.0
"""How long the first commit of a block waits for others: what an analyst's screen may lag behind."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One block: the records from `before.next_offset` to `after.next_offset`. rows: how many of them count.

    Both anchors are kept: `before` is where reading starts to repeat the block, `after` where it goes on.
    """

    before: Anchor
    after: Anchor
    rows: int

    @property
    def partition(self) -> int:
        return self.after.partition

    @property
    def claim(self) -> str:
        """Deduplication token of the plan itself: of all plans that begin here, the server keeps the first."""
        return f"plan/{self.after.epoch}/{self.partition}/{self.before.next_offset}"

    @property
    def token(self) -> str:
        """Deduplication token of the block. The chain's head says which log it was, and all that came before."""
        where = f"{self.after.epoch}/{self.partition}/{self.before.next_offset}-{self.after.next_offset}"
        return f"block/{where}/{self.after.head.hex()[:16]}"


@dataclass(frozen=True, slots=True)
class Block:
    """planned: the plan is stored already, this is its repetition."""

    plan: Plan
    rows: list[Row]
    planned: bool


class Cutter:
    """Gathers one partition's rows and cuts them into blocks.

    anchor: where reading starts. repeat: a stored plan that starts there and may not have been carried out: the first
    block is then exactly this one.
    """

    def __init__(
        self, anchor: Anchor, repeat: Plan | None = None, *, block_rows: int = BLOCK_ROWS, linger_s: float = LINGER_S
    ) -> None:
        self._block_rows = block_rows
        self._linger_s = linger_s
        self._repeat = repeat
        self._before = anchor
        self._last: Commit | None = None
        self._rows: list[Row] = []
        self._month = 0
        self._since = 0.0
        self._ready: list[Block] = []

    def add(self, commit: Commit, made: Rows, now: float) -> None:
        """The next commit. now: seconds of any steady clock. Raises Corrupt if the stored plan does not fit the log."""
        if self._rows and made.month != self._month and self._repeat is None:
            self._cut()
        if not self._rows:
            self._since = now
            self._month = made.month
        self._rows += made.rows
        self._last = commit
        if self._repeat is not None:
            if commit.next_offset >= self._repeat.after.next_offset:
                self._cut_again(self._repeat)
        elif len(self._rows) >= self._block_rows:
            self._cut()

    def take(self, now: float, *, flush: bool = False) -> list[Block]:
        """The blocks that are full or have waited long enough, in order; with flush also what has not.

        A plan to be repeated is never flushed in part.
        """
        if self._rows and self._repeat is None and (flush or now - self._since >= self._linger_s):
            self._cut()
        ready, self._ready = self._ready, []
        return ready

    def due(self, now: float) -> bool:
        """Whether `take` has a block to give."""
        return bool(self._ready) or (bool(self._rows) and self._repeat is None and now - self._since >= self._linger_s)

    @property
    def _after(self) -> Anchor:
        return self._before if self._last is None else self._before.after(self._last)

    def _cut(self) -> None:
        self._finish(Plan(self._before, self._after, len(self._rows)), planned=False)

    def _cut_again(self, plan: Plan) -> None:
        if (self._after, len(self._rows)) != (plan.after, plan.rows):
            raise Corrupt(
                "plan_mismatch",
                f"partition {plan.partition}: planned {plan.rows} rows to {plan.after.next_offset}, "
                f"the log holds {len(self._rows)} to {self._after.next_offset}",
            )
        self._repeat = None
        self._finish(plan, planned=True)

    def _finish(self, plan: Plan, *, planned: bool) -> None:
        self._ready.append(Block(plan, self._rows, planned))
        self._before, self._last, self._rows = plan.after, None, []
