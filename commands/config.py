"""What the writer's process is told."""

from __future__ import annotations

from dataclasses import dataclass, field

from commands.intake import Routes
from commands.limits import Limits
from eventlog.codec import Codec, default_codec
from eventlog.topics import PARTITIONS, Topics


@dataclass(frozen=True, slots=True, kw_only=True)
class WriterConfig:
    """routes: `domain.routing.ROUTES`. group: the consumer group whose members share the partitions.

    session_timeout_s: a dead or frozen writer's partitions move after this; less makes a busy machine look dead.
    produce_timeout_s, journal_timeout_s: the writer's own, a client's may never come. stop_s: of an orderly end, all
    partitions at once; the issue asks for less than 5.
    """

    bootstrap: str
    routes: Routes
    topics: Topics = field(default_factory=Topics)
    partitions: int = PARTITIONS
    epoch: int = 0
    group: str = "legion.writer"
    codec: Codec = field(default_factory=default_codec)
    limits: Limits = field(default_factory=Limits)
    session_timeout_s: float = 6.0
    produce_timeout_s: float = 5.0
    journal_timeout_s: float = 10.0
    stop_s: float = 4.0
