"""What the projector counts."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

UNREADABLE: Final = Counter(
    "legion_projection_unreadable", "Personal fields shown as a placeholder: alarm on any", ["reason"]
)
QUARANTINED: Final = Counter("legion_projection_quarantined", "Journeys put into quarantine: alarm on any", ["reason"])
EVENTS: Final = Counter("legion_projection_events", "Records written to the journal")
BATCH_SECONDS: Final = Histogram(
    "legion_projection_batch_seconds",
    "One batch, from commits to committed",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5),
)
POSITION: Final = Gauge("legion_projection_next_offset", "First offset not yet projected", ["partition"])
AWAY: Final = Counter("legion_projection_away", "Batches that had to wait for a server that was away")
