"""A log in memory as the product writes it: real commands, decided by the writer's own core, signed by the signer's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from commands.actions import Action, Consume, Load, Send
from commands.core import PartitionWriter
from commands.ports import Loaded
from domain.conversation.commands import ReceiveMessage
from domain.kernel.actor import NORMALISER
from domain.kernel.command import CommandMeta
from domain.kernel.ids import derived, lead_journey, partition_of
from domain.routing import ROUTES
from eventlog.checkpoint import Place, Signed
from eventlog.cloudevents import command_headers
from eventlog.codec import default_codec
from eventlog.model import Commit, LogRecord
from eventlog.reader import Reader
from eventlog.signer import Signer
from proof.ground.received import received

PLACE: Final = Place("tampering", "legion.events", 0, 3)
A = TypeVar("A", Consume, Load)

LEADS: Final = 2
MESSAGES: Final = 6
SIGNED_EVERY: Final = 4
"""Commits between checkpoints; the last one covers the whole log."""

BEGAN: Final = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
COMPANY: Final = derived("tampering", "company")


@dataclass(frozen=True, slots=True)
class SignedLog:
    """records: of each partition, voids among them. commits: those that count. lines: every checkpoint, in order.

    key: the signer's public one.
    """

    records: tuple[tuple[LogRecord, ...], ...]
    commits: tuple[tuple[Commit, ...], ...]
    lines: tuple[Signed, ...]
    key: bytes


def signed_log(seed: int) -> SignedLog:
    """The same seed gives the same log."""
    records = tuple(tuple(_partition(number, seed)) for number in range(PLACE.partitions))
    readers = [Reader(anchor) for anchor in PLACE.genesis()]
    commits = tuple(tuple(reader.feed(own)) for reader, own in zip(readers, records, strict=True))
    key = Ed25519PrivateKey.from_private_bytes(derived("tampering", "key", seed).replace("-", "").encode())
    lines = tuple(sign(key, commits))
    return SignedLog(records, commits, lines, key.public_key().public_bytes_raw())


def sign(key: Ed25519PrivateKey, commits: tuple[tuple[Commit, ...], ...]) -> Iterator[Signed]:
    """Checkpoints as a signer makes them that reads the partitions in turns."""
    signer, longest = Signer(key, PLACE), max(map(len, commits))
    for first in range(0, longest, SIGNED_EVERY):
        for partition, own in enumerate(commits):
            signer.take(partition, own[first : first + SIGNED_EVERY])
        yield Signed.read(signer.sign(BEGAN + timedelta(minutes=first)))


def _partition(number: int, seed: int) -> Iterator[LogRecord]:
    """What the writer sends, and beside it the voids of writers that were superseded: written twice, or torn."""
    offset = 0
    for place, send in enumerate(_sends(number, seed)):
        twice = [list(send.records)] * (2 if place % 5 == 2 else 1)
        torn = [list(send.records)[:1]] if len(send.records) > 1 and place % 7 == 3 else []
        for batch in (*twice, *torn):
            for record in batch:
                yield LogRecord(number, offset, 0, *record)
                offset += 1


def _sends(number: int, seed: int) -> list[Send]:
    """One a command. The journal never catches up: the core knows its own commits."""
    core = PartitionWriter(PLACE.genesis()[number], partitions=PLACE.partitions, routes=ROUTES)
    core.start(0, "")
    feed = _only(Consume, core.synced(0, 0, 1_000_000)).feed
    sends: list[Send] = []
    for offset, (meta, command) in enumerate(_commands(number, seed)):
        value = default_codec().encode_command(meta, command)
        headers = command_headers(command.TOPIC, meta)
        asked = LogRecord(number, offset, _ms(offset), meta.journey.encode(), value, headers)
        load = _only(Load, core.commands(feed, [asked]))
        for action in core.loaded(load.token, Loaded(next_offset=0)):
            if isinstance(action, Send):
                sends.append(action)
                core.acknowledged(action.token, action.first_offset)
    return sends


def _only(kind: type[A], actions: list[Action]) -> A:
    (found,) = (action for action in actions if isinstance(action, kind))
    return found


def _ms(offset: int) -> int:
    return int(BEGAN.timestamp() * 1000) + 1000 * offset


def _commands(number: int, seed: int) -> Iterator[tuple[CommandMeta, ReceiveMessage]]:
    """Leads take turns. One message comes twice under another command id: the second is refused, which is a commit."""
    leads = _leads(number, seed)
    for message in range(MESSAGES):
        for lead in leads:
            yield _message(lead, message, message)
    yield _message(leads[0], MESSAGES, MESSAGES - 1)


def _leads(number: int, seed: int) -> list[str]:
    found: list[str] = []
    tried = 0
    while len(found) < LEADS:
        lead = derived("tampering", "lead", seed, tried)
        if partition_of(lead_journey(lead), PLACE.partitions) == number:
            found.append(lead)
        tried += 1
    return found


def _message(lead: str, number: int, provider_id: int) -> tuple[CommandMeta, ReceiveMessage]:
    message = derived("tampering", lead, number)
    meta = CommandMeta(
        command_id=derived("tampering", "command", message),
        tenant=COMPANY,
        journey=lead_journey(lead),
        actor=NORMALISER,
    )
    return meta, received(
        "tampering", lead, number, message=message, provider_id=f"in-{lead[:8]}-{provider_id}", text=message.encode()
    )
