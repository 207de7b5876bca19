"""When everything that was asked for is done."""

from __future__ import annotations

from uuid import uuid4

from aiokafka import AIOKafkaConsumer, TopicPartition

from domain.conversation.commands import ReceiveDelete
from domain.kernel.actor import NORMALISER
from domain.kernel.command import CommandMeta
from domain.kernel.ids import lead_journey, partition_of
from proof.ground.edge import PARTITIONS
from proof.ground.world import Ground

QUIET_S = 180.0


async def ends(bootstrap: str, topic: str, partitions: int = PARTITIONS) -> dict[int, int]:
    """Partition → the offset that its next record gets."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        found = await consumer.end_offsets([TopicPartition(topic, partition) for partition in range(partitions)])
    finally:
        await consumer.stop()
    return {place.partition: end for place, end in found.items()}


async def all_commands_applied(legion: Ground, company: str) -> None:
    """Every command that stands in the topic now is decided, and what it did is in the tables: behind all of them, in
    each partition, comes one that must be refused, and partitions are worked off in order."""
    marks: dict[int, tuple[str, str]] = {}
    while len(marks) < PARTITIONS:
        lead = str(uuid4())
        journey = lead_journey(lead)
        if (partition := partition_of(journey, PARTITIONS)) in marks:
            continue
        command = ReceiveDelete(lead=lead, conversation=lead, provider_id="mark", target="mark", provider_at=None)
        meta = CommandMeta(command_id=str(uuid4()), tenant=company, journey=journey, actor=NORMALISER)
        await legion.commands.submit(meta, command)
        marks[partition] = journey, meta.command_id
    for journey, command_id in marks.values():
        outcome = await legion.outcomes.wait(journey, command_id, QUIET_S)
        assert outcome is not None, f"a command of {journey} has no answer after {QUIET_S:g} s"
