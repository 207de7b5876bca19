"""The writer's Prometheus metrics. The core counts; this shows the counts."""

from __future__ import annotations

from collections import Counter as Counts
from typing import Final

from prometheus_client import Counter, Gauge

from commands.core import PartitionWriter

COMMANDS: Final = Counter("legion_writer_commands_total", "Commands answered, by outcome", ["partition", "outcome"])
RESYNCS: Final = Counter("legion_writer_resyncs_total", "Discards of unacknowledged work", ["partition", "reason"])
VOIDS: Final = Counter("legion_writer_voids_total", "Void records read in [events]", ["partition", "reason"])
WAITS: Final = Counter("legion_writer_journal_waits_total", "Questions whether the journal caught up", ["partition"])
GAPS: Final = Counter("legion_writer_gaps_total", "Commands asked for again after a gap", ["partition"])
IN_FLIGHT: Final = Gauge("legion_writer_in_flight", "Sends not acknowledged", ["partition"])
OVERLAY: Final = Gauge("legion_writer_overlay_bytes", "Accepted beyond the journal (estimate)", ["partition"])
CACHE: Final = Gauge("legion_writer_cache_bytes", "Live streams (estimate)", ["partition"])
ANSWERED: Final = Gauge("legion_writer_command_offset", "Offset of the last answered command", ["partition"])
HALTED: Final = Gauge("legion_writer_halted", "1: stopped for good, a person must look", ["partition"])

OUTCOMES: Final = ("accepted", "repeated", "refused_")


class PartitionMetrics:
    """Brings the metrics of one partition up to its core."""

    def __init__(self, partition: int) -> None:
        self._partition = str(partition)
        self._shown: Counts[str] = Counts()
        self._voids: Counts[str] = Counts()
        HALTED.labels(self._partition).set(0)

    def show(self, core: PartitionWriter) -> None:
        part = self._partition
        IN_FLIGHT.labels(part).set(core.in_flight)
        OVERLAY.labels(part).set(core.tip.overlay.size)
        CACHE.labels(part).set(core.tip.cache.size)
        ANSWERED.labels(part).set(core.anchor.last_command_offset)
        for name, more in (core.counts - self._shown).items():
            self._count(name, more)
        self._shown = core.counts.copy()
        voids = Counts(core.voids)
        for reason, more in (voids - self._voids).items():
            VOIDS.labels(part, reason).inc(more)
        self._voids = voids

    def _count(self, name: str, more: int) -> None:
        if name.startswith(OUTCOMES):
            COMMANDS.labels(self._partition, name).inc(more)
        elif name.startswith("resync_"):
            RESYNCS.labels(self._partition, name.removeprefix("resync_")).inc(more)
        elif name == "waits":
            WAITS.labels(self._partition).inc(more)
        elif name == "gaps":
            GAPS.labels(self._partition).inc(more)

    def halted(self) -> None:
        HALTED.labels(self._partition).set(1)
