"""What the analytics projector counts."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

ROWS: Final = Counter("legion_analytics_rows", "Rows inserted, repetitions included")
BLOCK_ROWS: Final = Histogram(
    "legion_analytics_block_rows", "Rows of one block", buckets=(1, 10, 100, 1_000, 10_000, 20_000, 50_000)
)
INSERT_SECONDS: Final = Histogram(
    "legion_analytics_insert_seconds",
    "One block, from insert to acknowledged",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 15),
)
NEXT_OFFSET: Final = Gauge("legion_analytics_next_offset", "First offset whose block is not done", ["partition"])
GENERATION: Final = Gauge("legion_analytics_generation", "The generation that is written to")
RESTARTS: Final = Counter("legion_analytics_restarts", "Sessions that had to start again", ["code"])
