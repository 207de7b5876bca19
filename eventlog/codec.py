"""Events and commands ⇄ bytes: Confluent framing (0x00, schema id in 4 bytes big-endian) and Avro."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from io import BytesIO
from typing import Any, Final

from fastavro import schemaless_reader

from domain.commands import COMMANDS
from domain.events import EVENTS
from domain.kernel.command import Command, CommandMeta, EventMeta
from domain.kernel.errors import Corrupt, Misconfigured, Poison
from domain.kernel.event import Event
from domain.kernel.ids import HOLDING, HOLDING_TENANT, event_id
from eventlog.avro_read import from_avro, maker
from eventlog.avro_write import writer
from eventlog.bodies import COMMAND_REFUSED, EPOCH_CLOSED, OWN_BODIES, CommandRefused
from eventlog.bodies import EpochClosed as EpochClosedBody
from eventlog.book import Book, Kind
from eventlog.model import EpochClosed, Recorded, Refusal
from eventlog.schema import layout, record_schema
from eventlog.upcast import UPCASTERS, Upcaster, upcast

MAGIC: Final = b"\x00"
PREFIX_BYTES: Final = 5

Body = Recorded | Refusal | EpochClosed
Encode = Callable[[Any, Any], bytes]

META: Final[dict[Kind, type]] = {"event": EventMeta, "command": CommandMeta}


class Codec:
    """Encodes with the current schemas of a book, decodes with every schema it holds."""

    def __init__(
        self,
        book: Book | None = None,
        *,
        events: Mapping[str, type[Event]] = EVENTS,
        commands: Mapping[str, type[Command]] = COMMANDS,
        upcasters: Mapping[str, Upcaster] = UPCASTERS,
    ) -> None:
        self._book = book or Book.load()
        self._events = events
        self._commands = commands
        self._upcasters = upcasters
        self._encoders: dict[str, Encode] = {}

    # writing

    def encode_event(self, meta: EventMeta, event: Event) -> bytes:
        """Raises Corrupt if the event's envelope and `meta` disagree, Misconfigured for a stale schema."""
        if event.originator_id != meta.stream or event.originator_version != meta.version or event.timestamp != meta.at:
            raise Corrupt("envelope_mismatch", f"{event.TOPIC} {meta.event_id}")
        return self._encode(event.TOPIC, "event", meta, event)

    def encode_refusal(self, refusal: Refusal) -> bytes:
        body = CommandRefused(command_topic=refusal.command_topic, code=refusal.code, detail=refusal.detail)
        return self._encode(COMMAND_REFUSED, "event", refusal_meta(refusal), body)

    def encode_epoch_closed(self, closed: EpochClosed) -> bytes:
        body = EpochClosedBody(next_epoch=closed.next_epoch, partitions=closed.partitions)
        return self._encode(EPOCH_CLOSED, "event", epoch_closed_meta(closed), body)

    def encode_command(self, meta: CommandMeta, command: Command) -> bytes:
        return self._encode(command.TOPIC, "command", meta, command)

    def _encode(self, topic: str, kind: Kind, meta: Any, body: Any) -> bytes:
        encode = self._encoders.get(topic)
        if encode is None:
            encode = self._encoders[topic] = self._compile(topic, kind, type(body))
        return encode(meta, body)

    def _compile(self, topic: str, kind: Kind, cls: type) -> Encode:
        entry = self._book.current(topic)
        if layout(record_schema(topic, cls, META[kind])) != entry.layout:
            raise Misconfigured("schema_stale", f"{topic}: run python -m eventlog.generate")
        prefix = MAGIC + entry.id.to_bytes(4, "big")
        write_meta, write_body = writer(META[kind]), writer(cls)
        return lambda meta, body: b"".join((prefix, write_meta(meta), write_body(body)))

    # reading

    def decode(self, value: bytes) -> Body:
        """What stands in one record of [events]. Raises Poison with the reason's code if it cannot be read."""
        topic, record = self._read(value, "event")
        try:
            meta: EventMeta = maker(EventMeta)(record.pop("meta"))
            if topic in OWN_BODIES:
                return _own(topic, meta, record)
            cls: type = self._events[topic]
            own = from_avro(cls)(record)
            return Recorded(
                meta, cls(originator_id=meta.stream, originator_version=meta.version, timestamp=meta.at, **own)
            )
        except (KeyError, ValueError, TypeError, OverflowError) as error:
            raise Poison("body_unknown", f"{topic}: {type(error).__name__}") from error

    def decode_event(self, value: bytes) -> Recorded:
        """Raises Poison also for a refusal or the end of an epoch."""
        body = self.decode(value)
        if not isinstance(body, Recorded):
            raise Poison("not_an_event", type(body).__name__)
        return body

    def decode_command(self, value: bytes) -> tuple[CommandMeta, Command]:
        """Raises Poison with the reason's code if it cannot be read."""
        topic, record = self._read(value, "command")
        try:
            meta: CommandMeta = maker(CommandMeta)(record.pop("meta"))
            cls: type = self._commands[topic]
            return meta, cls(**from_avro(cls)(record))
        except (KeyError, ValueError, TypeError, OverflowError) as error:
            raise Poison("body_unknown", f"{topic}: {type(error).__name__}") from error

    def _read(self, value: bytes, kind: Kind) -> tuple[str, dict[str, Any]]:
        if len(value) < PREFIX_BYTES or value[:1] != MAGIC:
            raise Poison("not_framed", f"{len(value)} bytes")
        entry = self._book.entry(int.from_bytes(value[1:PREFIX_BYTES], "big"))
        if entry.kind != kind:
            raise Poison("schema_of_other_kind", entry.name)
        source = BytesIO(value)
        source.seek(PREFIX_BYTES)
        try:
            record: Any = schemaless_reader(source, self._book.parsed(entry), None)
            if source.tell() != len(value):
                raise ValueError("bytes are left over")
            return upcast(entry.topic, record, self._upcasters)
        except Exception as error:  # fastavro lets through whatever bad bytes make it hit
            raise Poison("body_unreadable", f"{entry.name}: {type(error).__name__}") from error


def _own(topic: str, meta: EventMeta, record: dict[str, Any]) -> Refusal | EpochClosed:
    if topic == EPOCH_CLOSED:
        return EpochClosed(
            command_id=meta.command_id,
            actor=meta.actor,
            at=meta.at,
            next_epoch=record["next_epoch"],
            partitions=record["partitions"],
        )
    return Refusal(
        command_id=meta.command_id,
        command_topic=record["command_topic"],
        journey=meta.journey,
        tenant=meta.tenant,
        code=record["code"],
        detail=record["detail"],
        actor=meta.actor,
        at=meta.at,
        stream=meta.stream or None,
        causation=meta.causation,
        correlation=meta.correlation,
        traceparent=meta.traceparent,
    )


def refusal_meta(refusal: Refusal) -> EventMeta:
    """The envelope that a refusal is recorded with."""
    return EventMeta(
        event_id=event_id(refusal.command_id, 0),
        tenant=refusal.tenant,
        journey=refusal.journey,
        stream=refusal.stream or "",
        version=0,
        command_id=refusal.command_id,
        actor=refusal.actor.without_grant(),
        at=refusal.at,
        causation=refusal.causation,
        correlation=refusal.correlation,
        traceparent=refusal.traceparent,
    )


def epoch_closed_meta(closed: EpochClosed) -> EventMeta:
    """The envelope of an epoch's end: the holding's, in every partition."""
    return EventMeta(
        event_id=event_id(closed.command_id, 0),
        tenant=HOLDING_TENANT,
        journey=HOLDING,
        stream="",
        version=0,
        command_id=closed.command_id,
        actor=closed.actor.without_grant(),
        at=closed.at,
    )


@cache
def default_codec() -> Codec:
    """The codec of the committed schemas and the domain's registries."""
    return Codec()


def encode_event(meta: EventMeta, event: Event) -> bytes:
    return default_codec().encode_event(meta, event)


def decode_event(value: bytes) -> Recorded:
    return default_codec().decode_event(value)


def encode_command(meta: CommandMeta, command: Command) -> bytes:
    return default_codec().encode_command(meta, command)


def decode_command(value: bytes) -> tuple[CommandMeta, Command]:
    return default_codec().decode_command(value)
