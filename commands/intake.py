"""A record of [commands] becomes something that can be answered, whatever it is. Never fails."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from domain.kernel.actor import Actor, ActorKind
from domain.kernel.command import Command, CommandMeta
from domain.kernel.deciding import Route
from domain.kernel.errors import Poison
from domain.kernel.ids import HOLDING, HOLDING_TENANT, derived, partition_of
from eventlog.codec import Codec
from eventlog.model import LogRecord, Refusal

Routes = Mapping[type[Command], Route]

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MAX_TEXT: Final = 512
"""Characters of any field of the envelope. Ours have below 100; a refusal repeats them and must always fit a batch."""

NUL: Final = "\0"
"""The journal could not even be asked for a name with it (PostgreSQL's text has none): the partition would stand."""

_UUID: Final = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""As we write them: one id has one text."""

WRITER: Final = Actor(kind=ActorKind.SYSTEM, id="writer")
"""Stands in the refusal of a command whose own actor cannot be read."""


class Fault(NamedTuple):
    """Why the command is refused before anybody decides on it."""

    code: str
    detail: str


@dataclass(slots=True, frozen=True, kw_only=True)
class Asked:
    """One command as taken from the log. Without a fault: meta, command and route are there.

    offset: in [commands]. at: LogAppendTime, UTC. journey, command_id: under which it is answered.
    """

    offset: int
    at: datetime
    journey: str
    command_id: str
    meta: CommandMeta | None = None
    command: Command | None = None
    route: Route | None = None
    streams: tuple[str, ...] = ()
    fault: Fault | None = None

    def refusal(self, fault: Fault, at: datetime) -> Refusal:
        """The answer no."""
        topic = "" if self.command is None else self.command.TOPIC
        stream = self.streams[0] if self.streams else None
        if self.meta is not None:
            refusal = Refusal.of(self.meta, topic=topic, code=fault.code, detail=fault.detail, at=at, stream=stream)
            return refusal if self.journey == self.meta.journey else replace(refusal, journey=self.journey)
        return Refusal(
            command_id=self.command_id,
            command_topic=topic,
            journey=self.journey,
            tenant=HOLDING_TENANT,
            code=fault.code,
            detail=fault.detail,
            actor=WRITER,
            at=at,
        )


def take(record: LogRecord, *, partitions: int, epoch: int, routes: Routes, codec: Codec) -> Asked:
    """The command in the record, or why it must be refused."""
    at = EPOCH + timedelta(milliseconds=record.timestamp_ms)
    key = _key(record)
    try:
        meta, command = codec.decode_command(record.value)
    except Poison as error:
        return _unreadable(record, at, key, epoch, error.code)
    why = _envelope_fault(meta)
    if why is not None:
        return _unreadable(record, at, key, epoch, why)

    routed = _routed(meta, command, key, partition=record.partition, partitions=partitions, routes=routes)
    fault, route, streams = (routed, None, ()) if isinstance(routed, Fault) else (None, *routed)
    return Asked(
        offset=record.offset,
        at=at,
        journey=key,
        command_id=meta.command_id,
        meta=meta,
        command=command,
        route=route,
        streams=streams,
        fault=fault,
    )


def _routed(
    meta: CommandMeta, command: Command, key: str, *, partition: int, partitions: int, routes: Routes
) -> tuple[Route, tuple[str, ...]] | Fault:
    if meta.journey != key:
        return Fault("wrong_journey", "the record's key is another journey")
    if partition_of(key, partitions) != partition:
        return Fault("wrong_partition", f"stands in {partition}")
    route = routes.get(type(command))
    if route is None:
        return Fault("undecodable", "no route")
    try:
        if route.journey(command) not in (None, key):
            return Fault("wrong_journey", "the command belongs to another journey")
        streams = route.streams(command)
    except Exception as error:  # noqa: BLE001  a route is domain code on a command's content: like a decider's crash
        return crashed(error)
    named = not any(NUL in stream for stream in streams)
    return (route, streams) if named else Fault("name_invalid", "a stream's name holds NUL")


def crashed(error: BaseException) -> Fault:
    """Only the class's name: an exception's words may hold personal data."""
    return Fault("decider_crashed", type(error).__name__)


def _key(record: LogRecord) -> str:
    """The journey by the record's key; a key that cannot be one is answered in the holding's journey."""
    try:
        key = record.key.decode()
    except UnicodeDecodeError:
        return HOLDING
    return key if 0 < len(key) <= MAX_TEXT and NUL not in key else HOLDING


def _unreadable(record: LogRecord, at: datetime, journey: str, epoch: int, why: str) -> Asked:
    ids = [value.decode(errors="replace") for name, value in record.headers if name == "ce_id"]
    command_id = ids[0] if len(ids) == 1 and _is_uuid(ids[0]) else None
    return Asked(
        offset=record.offset,
        at=at,
        journey=journey,
        command_id=command_id or derived("command", epoch, record.partition, record.offset),
        fault=Fault("undecodable", why),
    )


def _envelope_fault(meta: CommandMeta) -> str | None:
    if not _is_uuid(meta.command_id):
        return "command_id_not_uuid"
    actor = meta.actor
    expected = meta.expected.stream if meta.expected else None
    texts = (meta.tenant, meta.journey, meta.causation, meta.correlation, meta.traceparent, expected)
    if any(text is not None and len(text) > MAX_TEXT for text in (*texts, actor.id, actor.session, actor.on_behalf_of)):
        return "envelope_too_large"
    return None


def _is_uuid(text: str) -> bool:
    return _UUID.fullmatch(text) is not None
