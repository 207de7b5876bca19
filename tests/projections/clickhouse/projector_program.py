"""The analytics projector in a process of its own, to be killed. Arguments: JSON of the test's making."""

from __future__ import annotations

import asyncio
import json
import signal
import sys

from eventlog.topics import Topics
from projections.clickhouse.connection import Target
from projections.clickhouse.projector import AnalyticsConfig, run_analytics


async def main() -> None:
    given = json.loads(sys.stdin.readline())
    config = AnalyticsConfig(
        bootstrap=given["bootstrap"],
        target=Target(**given["target"]),
        topics=Topics(given["prefix"]),
        partitions=given["partitions"],
        block_rows=given["block_rows"],
        linger_s=given["linger_s"],
    )
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await run_analytics(config, stop)


if __name__ == "__main__":
    asyncio.run(main())
