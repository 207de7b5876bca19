"""The commands that V3 measures with: leads that write, seven messages each, one conversation a lead."""

from __future__ import annotations

from collections.abc import Iterator

from domain.conversation.commands import ReceiveMessage
from domain.kernel.actor import NORMALISER
from domain.kernel.command import CommandMeta
from domain.kernel.ids import derived, lead_journey, partition_of
from proof.ground.received import received

MESSAGES = 7
"""Of each lead: the first one also meets the lead and starts the conversation (5 events), the others are 1 event."""

COMPANY = derived("bench", "company")


def commands(partition: int, partitions: int, count: int) -> Iterator[tuple[CommandMeta, ReceiveMessage]]:
    """`count` commands whose journeys lie in the partition, leads taking turns in groups of fifty."""
    leads = _leads(partition, partitions)
    made = 0
    while made < count:
        group = [next(leads) for _ in range(50)]
        for number in range(MESSAGES):
            for lead in group:
                if made < count:
                    yield _message(lead, number)
                    made += 1


def _leads(partition: int, partitions: int) -> Iterator[str]:
    number = 0
    while True:
        lead = derived("bench", "lead", partition, number)
        if partition_of(lead_journey(lead), partitions) == partition:
            yield lead
        number += 1


def _message(lead: str, number: int) -> tuple[CommandMeta, ReceiveMessage]:
    message = derived("bench", lead, number)
    meta = CommandMeta(
        command_id=derived("bench", message),
        tenant=COMPANY,
        journey=lead_journey(lead),
        actor=NORMALISER,
        causation=derived("bench", "cause"),
        correlation=derived("bench", "correlation", message),
    )
    return meta, received(
        "bench", lead, number, message=message, provider_id=f"3EB0{message[:18].upper()}", text=b"t" * 90
    )
