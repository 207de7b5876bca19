"""`legion analytics`: facts and aggregates in ClickHouse."""

from __future__ import annotations

import asyncio

from cli.processes.common import clickhouse_target
from cli.settings import Settings
from eventlog.topics import Topics
from projections.clickhouse.projector import AnalyticsConfig, run_analytics


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Until `stop`."""
    config = AnalyticsConfig(
        bootstrap=settings.kafka_bootstrap,
        target=clickhouse_target(settings),
        topics=Topics(settings.topic_prefix),
        partitions=settings.partitions,
    )
    await run_analytics(config, stop)
