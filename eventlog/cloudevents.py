"""CloudEvents 1.0, Kafka binding, binary mode: what any tool can read of a record without our schemas."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from domain.kernel.command import CommandMeta, EventMeta
from eventlog.chain import Headers
from eventlog.schema import full_name

SOURCE: Final = b"/legion"
"""`ce_source`, a URI reference: the same for all, whichever process wrote it."""

CONTENT_TYPE: Final = b"application/vnd.confluent.avro"
"""Avro behind Confluent's 5-byte prefix: not plain `avro/binary`."""


def event_headers(topic: str, meta: EventMeta, time: bytes) -> Headers:
    """Headers of a record in [events]. time: `rfc3339(meta.at)`, made once a commit. Subject: the stream, or without
    one the journey."""
    return (
        ("ce_specversion", b"1.0"),
        ("ce_id", meta.event_id.encode()),
        ("ce_type", full_name(topic).encode()),
        ("ce_source", SOURCE),
        ("ce_subject", (meta.stream or meta.journey).encode()),
        ("ce_time", time),
        ("content-type", CONTENT_TYPE),
    )


def command_headers(topic: str, meta: CommandMeta) -> Headers:
    """Headers of a record in [commands]. No `ce_time` (optional): a command's time is the log's append time."""
    return (
        ("ce_specversion", b"1.0"),
        ("ce_id", meta.command_id.encode()),
        ("ce_type", full_name(topic).encode()),
        ("ce_source", SOURCE),
        ("ce_subject", meta.journey.encode()),
        ("content-type", CONTENT_TYPE),
    )


def rfc3339(at: datetime) -> bytes:
    """UTC with microseconds: `2026-11-25T03:42:49.501721Z`. Raises ValueError for a time that is not UTC."""
    text = at.isoformat(timespec="microseconds")
    if not text.endswith("+00:00"):
        raise ValueError("a time in the log is UTC")
    return text[:-6].encode() + b"Z"
