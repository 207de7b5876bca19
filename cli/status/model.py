"""How Legion is, as plain values: what `legion status --json` prints."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from projections.read.status import EffectCount, HeldPixel, Quarantined, Unseen, Unsettled


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionStatus:
    """One partition of [events]. head: hex, after the last commit that counts, as is next_offset.

    last_command: offset of the last command that has its commit. voids: records that do not count, ever; None: unknown.
    lag: consumer → records that it has not taken in: `writer` (commands), `postgres`, `clickhouse`, `signer`.
    """

    partition: int
    next_offset: int
    head: str
    last_command: int
    voids: int | None
    lag: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class LastCheckpoint:
    """number, at: the signer's own. age_s: seconds."""

    number: int
    at: datetime
    age_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DlqStatus:
    """waiting: letters that can be run again and were not. told: others. eldest_s: of the waiting."""

    waiting: int
    told: int
    reasons: dict[str, int]
    eldest_s: float
    alarm_above: int


@dataclass(slots=True, kw_only=True)
class Status:
    """away: part → code of why it could not be asked; what depends on it is then empty or None.

    generation, state, live: of the read database that is shown; analytics: of ClickHouse's. ingress_lag: bodies that
    `normalise` has not taken. late_s: `writer`, `postgres`, `normalise` → age of the first record that it has not
    taken in, seconds. unread_s: 14-day topic → age of its first unread record, seconds. processes: process →
    how many are known to run, by their group memberships or sessions; the API by its own answer (1 or 0). breaches: of
    the laws of the read database (projections/catalogue/laws.py), in words.
    """

    generation: int | None = None
    state: str | None = None
    live: bool | None = None
    analytics: int | None = None
    partitions: list[PartitionStatus] = field(default_factory=list)
    whole: bool = True
    ingress_lag: int | None = None
    late_s: dict[str, float] = field(default_factory=dict)
    unread_s: dict[str, float] = field(default_factory=dict)
    effects: list[EffectCount] = field(default_factory=list)
    breaches: list[str] = field(default_factory=list)
    quarantine: list[Quarantined] = field(default_factory=list)
    held_pixels: list[HeldPixel] = field(default_factory=list)
    unsettled: list[Unsettled] = field(default_factory=list)
    unseen: list[Unseen] = field(default_factory=list)
    dlq: DlqStatus | None = None
    checkpoint: LastCheckpoint | None = None
    processes: dict[str, int] = field(default_factory=dict)
    away: dict[str, str] = field(default_factory=dict)

    def lag(self, consumer: str) -> int:
        """Of all partitions."""
        return sum(partition.lag.get(consumer, 0) for partition in self.partitions)
