"""The core under schedules of faults. Each control lacks one part of the rule, and must break under the same ones."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commands.actions import Action
from commands.core import PartitionWriter
from commands.limits import Limits
from commands.overlay import Entry, Overlay
from commands.ports import Loaded
from eventlog.codec import Codec
from eventlog.model import LogRecord
from eventlog.reader import Reader, link_of
from proof.ground.tallies import origin
from proof.oracle.answers import got, wanted
from tests.commands.world import LIMITS, World

SEED = 20261125
CONTROL_SCHEDULES = 60


def check(world: World) -> None:
    """Every command exactly once, nothing else, every state as if there had been no fault."""
    assert [got(commit) for commit in world.topics.accepted] == wanted(world.topics.commands, world.codec)
    reader = Reader(origin(), world.codec)
    reader.feed(world.topics.events)
    assert reader.unanswered == {}, "voids that honest writers leave behind look like a log that somebody altered"


@given(schedule=st.lists(st.integers(0, 10**6), min_size=100, max_size=220))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_every_command_is_answered_once_whatever_happens(codec: Codec, schedule: list[int]) -> None:
    world = World(codec)
    world.run(schedule)
    world.settle()
    check(world)


def schedules(count: int, length: int = 260) -> Sequence[list[int]]:
    rng = random.Random(SEED)
    return [[rng.randrange(10**6) for _ in range(length)] for _ in range(count)]


def broken(codec: Codec, writer: type[PartitionWriter], count: int, limits: Limits = LIMITS) -> int:
    """How many of the seeded schedules end wrong."""
    wrong = 0
    for schedule in schedules(count):
        world = World(codec, writer=writer, limits=limits)
        try:
            world.run(schedule)
            world.settle()
            check(world)
        except (AssertionError, Exception):  # noqa: BLE001  a control may break in any way
            wrong += 1
    return wrong


def test_no_seeded_schedule_ends_wrong(codec: Codec) -> None:
    assert broken(codec, PartitionWriter, 300) == 0


def test_no_seeded_schedule_ends_wrong_with_next_to_no_memory(codec: Codec) -> None:
    assert broken(codec, PartitionWriter, 100, Limits(batch=4, memory=6_000, deaths=1_000_000)) == 0


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_no_schedule_of_five_thousand_ends_wrong(codec: Codec) -> None:
    assert broken(codec, PartitionWriter, 5_000) == 0


class PromotesAtAnyOffset(PartitionWriter):
    def acknowledged(self, token: int, offset: int) -> list[Action]:
        for sent in self._sent:
            if sent.token == token:
                return super().acknowledged(token, sent.first_offset)
        return []


class BlindOverlay(Overlay):
    def add(self, entry: Entry) -> None:
        """Remembers nothing."""


class NoOverlay(PartitionWriter):
    def start(self, committed: int, mark: str) -> list[Action]:
        self.tip.overlay = BlindOverlay(self.tip.overlay.base)
        return super().start(committed, mark)

    def _answer(self, batch, loaded):  # type: ignore[no-untyped-def]  # as the core's own
        self.tip.cache.clear()  # else the cache hides it
        return super()._answer(batch, loaded)


class HeadFromTheLastRecord(PartitionWriter):
    """Takes the newest record for the head, without the rule."""

    def verified(self, records: Sequence[LogRecord]) -> list[Action]:
        for record in records:
            link = link_of(record)
            if link is not None and link.i == 0:
                reader = self._verifier.reader
                reader.anchor = reader.anchor.__class__(
                    epoch=0,
                    partition=0,
                    next_offset=record.offset,
                    head=link.prev,
                    last_command_offset=link.command_offset - 1,
                    commit_offset=-1,
                    commit_prev=b"",
                )
        return super().verified(records)


class NoCommandOffsetCheck(PartitionWriter):
    def _in_order(self, record: LogRecord) -> bool:
        return True


class TrustsAJournalAhead(PartitionWriter):
    """Takes what the journal holds beyond its own knowledge for its own unacknowledged commits."""

    def _is_ahead(self, loaded: Loaded) -> bool:
        return loaded.next_offset > self.tip.next_offset


def test_a_writer_that_trusts_a_journal_ahead_of_it_breaks_now_and_then(codec: Codec) -> None:
    assert broken(codec, TrustsAJournalAhead, 300) > 0


@pytest.mark.parametrize("control", [PromotesAtAnyOffset, NoOverlay, HeadFromTheLastRecord, NoCommandOffsetCheck])
def test_a_writer_without_one_part_of_the_rule_breaks(codec: Codec, control: type[PartitionWriter]) -> None:
    assert broken(codec, control, CONTROL_SCHEDULES) > CONTROL_SCHEDULES // 20
