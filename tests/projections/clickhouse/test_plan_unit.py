"""Cutting commits into planned blocks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.kernel.errors import Corrupt
from eventlog.model import Anchor, Commit
from projections.clickhouse.plan import Block, Cutter, Plan
from projections.clickhouse.rows import rows_of
from proof.ground.histories import Log, Story

NEW_YEAR = datetime(2026, 12, 31, 23, 59, 57, tzinfo=UTC)


def told(messages: int, at: datetime | None = None) -> Log:
    """4 rows in the first commit, then one each."""
    log = Log(1) if at is None else Log(1, at=at)
    story = Story(log)
    story.arrives()
    for _ in range(messages):
        story.writes()
    return log


def cut(cutter: Cutter, commits: list[Commit], now: float = 0.0, *, flush: bool = False) -> list[Block]:
    for commit in commits:
        cutter.add(commit, rows_of(commit, lambda _: ""), now)
    return cutter.take(now, flush=flush)


def cutter_of(log: Log, repeat: Plan | None = None, anchor: Anchor | None = None, *, block_rows: int = 6) -> Cutter:
    return Cutter(anchor or log.genesis()[0], repeat, block_rows=block_rows, linger_s=1.0)


def spans(blocks: list[Block]) -> list[tuple[int, int, int]]:
    return [(b.plan.before.next_offset, b.plan.after.next_offset, len(b.rows)) for b in blocks]


def test_a_block_is_full_at_its_rows_and_never_cuts_a_commit() -> None:
    log = told(9)
    assert spans(cut(cutter_of(log, block_rows=3), log.commits)) == [(0, 4, 4), (4, 7, 3), (7, 10, 3), (10, 13, 3)]


def test_what_is_not_full_waits_for_its_time() -> None:
    log = told(1)
    cutter = cutter_of(log)
    assert cut(cutter, log.commits, now=5.0) == []
    assert cutter.take(5.9) == []
    assert spans(cutter.take(6.0)) == [(0, 5, 5)]
    assert cutter.take(99.0, flush=True) == []


def test_a_flush_waits_for_nothing() -> None:
    log = told(1)
    assert spans(cut(cutter_of(log), log.commits, flush=True)) == [(0, 5, 5)]


def test_a_block_lies_in_one_month() -> None:
    log = told(5, at=NEW_YEAR)
    blocks = cut(cutter_of(log, block_rows=100), log.commits, flush=True)
    assert spans(blocks) == [(0, 6, 6), (6, 9, 3)]


def test_blocks_follow_each_other_without_a_gap_and_carry_both_anchors() -> None:
    log = told(9)
    blocks = cut(cutter_of(log, block_rows=3), log.commits)
    anchor = log.genesis()[0]
    for block in blocks:
        assert block.plan.before == anchor
        anchor = block.plan.after
    assert anchor.head == log.commits[-1].head


def test_a_stored_plan_is_repeated_unchanged_whatever_else_would_be_cut_now() -> None:
    log = told(9)
    (plan, *_) = [block.plan for block in cut(cutter_of(log, block_rows=8), log.commits)]
    again = cut(cutter_of(log, plan, block_rows=3), log.commits)
    assert again[0].plan == plan
    assert [block.planned for block in again] == [True, False]
    assert spans(again) == [(0, 8, 8), (8, 11, 3)]


def test_a_stored_plan_is_never_flushed_in_part() -> None:
    log = told(9)
    plan = cut(cutter_of(log, block_rows=8), log.commits)[0].plan
    cutter = cutter_of(log, plan)
    assert cut(cutter, log.commits[:3], flush=True) == []
    assert spans(cut(cutter, log.commits[3:5])) == [(0, 8, 8)]


@pytest.mark.parametrize("change", ["head", "rows", "end"])
def test_a_stored_plan_that_does_not_fit_the_log_stops_everything(change: str) -> None:
    log = told(9)
    plan = cut(cutter_of(log, block_rows=4), log.commits)[0].plan
    broken = {
        "head": replace(plan, after=replace(plan.after, head=b"other")),
        "rows": replace(plan, rows=plan.rows + 1),
        "end": replace(plan, after=replace(plan.after, next_offset=plan.after.next_offset - 1)),
    }[change]
    with pytest.raises(Corrupt, match="plan_mismatch"):
        cut(cutter_of(log, broken), log.commits)


def test_a_token_follows_from_the_place_and_the_log_alone() -> None:
    log, other = told(9), told(9)
    (first, second) = (cut(cutter_of(each, block_rows=8), each.commits)[0].plan for each in (log, other))
    assert first.token == second.token
    assert first.token == f"block/0/0/0-8/{log.commits[4].head.hex()[:16]}"
    assert first.claim == "plan/0/0/0"
