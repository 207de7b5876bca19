"""The commands that V3 measures with: leads that write, seven messages each, one conversation a lead."""

from __future__ import annotations

from collections.abc import Iterator

from domain.centurion.settings import OnFailure
from domain.conversation.commands import ReceiveMessage
from domain.conversation.parts import AliasRef, Handling, SourcePosition
from domain.kernel.actor import NORMALISER
from domain.kernel.command import CommandMeta
from domain.kernel.ids import conversation_id, derived, lead_journey, partition_of
from domain.kernel.sealed import Sealed

MESSAGES = 7
"""Of each lead: the first one also meets the lead and starts the conversation (5 events), the others are 1 event."""

COMPANY = derived("bench", "company")
INSTANCE = derived("bench", "instance")
HANDLING = Handling(
    centurion=derived("bench", "centurion"),
    centurion_version=1,
    window_ms=4_000,
    cap_ms=20_000,
    on_failure=next(iter(OnFailure)),
)


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
    return meta, ReceiveMessage(
        lead=lead,
        conversation=conversation_id(lead, INSTANCE),
        instance=INSTANCE,
        channel="whatsapp",
        aliases=(AliasRef(scheme="phone", alias_hash="ab" * 32, value=Sealed(b"s" * 45)),),
        name=Sealed(b"n" * 40),
        name_digest="cd" * 8,
        message=message,
        provider_id=f"3EB0{message[:18].upper()}",
        kind="text",
        provider_at=None,
        text=Sealed(b"t" * 90),
        content=None,
        quoted_id=None,
        address=Sealed(b"a" * 60),
        handling=HANDLING,
        opts_out=False,
        late=False,
        source=SourcePosition(partition=0, offset=number),
    )
