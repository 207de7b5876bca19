"""A membership that died inside the client is replaced; a cancellation that was not meant for us is none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from aiokafka.errors import KafkaError

from commands.config import WriterConfig
from commands.member import Lost, Member
from eventlog.model import Anchor
from proof.ground.field import Field
from proof.ground.journal import MemoryJournal
from proof.ground.tallies import add
from tests.commands.writing import config_of, writing

pytestmark = pytest.mark.stack


def coordination_dies(member: Member) -> None:
    member._consumer._coordinator._coordination_task.cancel()


def coordination_waits_for_a_poll(member: Member) -> None:
    """What aiokafka does with an error that it does not expect: it joins no more until the consumer is polled."""
    member._consumer._coordinator._push_error_to_user(KafkaError("unexpected")).close()


def assignment_never_comes(member: Member) -> None:
    member._patience_s = -1.0
    member._doubt()


@pytest.mark.parametrize("break_", [coordination_dies, coordination_waits_for_a_poll, assignment_never_comes])
async def test_a_membership_that_died_is_replaced(
    field: Field, monkeypatch: pytest.MonkeyPatch, break_: Callable[[Member], None]
) -> None:
    members: list[Member] = []

    class Watched(Member):
        def __init__(self, config: WriterConfig) -> None:
            super().__init__(config)
            members.append(self)

    monkeypatch.setattr("commands.writer.Member", Watched)
    async with writing(field):
        await field.submit(*add(field.journeys[0], 0))
        (await field.settled(20)).assert_clean()
        break_(members[0])
        async with asyncio.timeout(20):
            while len(members) < 2:
                await asyncio.sleep(0.05)
        await asyncio.gather(*(field.submit(*add(journey, 1)) for journey in field.journeys))
        (await field.settled(20)).assert_clean()
    assert len(members) == 2


async def test_a_healthy_member_is_not_lost(field: Field) -> None:
    member = Member(config_of(field))
    await member.start()
    try:
        member.check()
        assignment_never_comes(member)
        with pytest.raises(Lost):
            member.check()
    finally:
        assert await member.stop()


class HandedOn(MemoryJournal):
    """Its first answer is a cancellation of something of its own."""

    broken = True

    async def anchor(self, partition: int) -> Anchor | None:
        if self.broken:
            self.broken = False
            raise asyncio.CancelledError
        return await super().anchor(partition)


async def test_a_cancellation_of_something_else_does_not_end_a_partition(field: Field) -> None:
    async with writing(field, journal_class=HandedOn):
        await asyncio.gather(*(field.submit(*add(journey, 0)) for journey in field.journeys))
        (await field.settled(20)).assert_clean()
