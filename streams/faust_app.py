"""The Faust app: agents that wake, and the one whose own work must not be lost. No state, no tables, no web view.

Settings and traps: by default the event in flight at a graceful stop is acknowledged, and an agent's exception skips
its event. So `normalise` acknowledges by itself after the work, and nothing ever leaves an agent.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final

import faust

from eventlog.model import LogRecord
from eventlog.topics import METADATA_MS
from streams.config import StreamsConfig
from streams.hints import AGENTS, is_for, types_of

Take = Callable[[LogRecord, Callable[[], Awaitable[object]]], Awaitable[None]]
Hint = Callable[[int, int], None]

TIMER_S: Final = 1.0


class _App(faust.App):
    """Without tables: Faust would make empty folders for them in the current directory, which may be read-only."""

    def _create_directories(self) -> None:
        """Nothing is ever put in them, and no setting says so."""


def make_app(config: StreamsConfig, *, take: Take, hint: Hint, kick: Callable[[], None]) -> Any:
    """take: a record of [ingress] and its acknowledgement. hint: (partition, offset) in [events]. kick: each second."""
    app = _App(
        config.group,
        broker=f"kafka://{config.bootstrap.replace(',', ';')}",
        key_serializer="raw",
        value_serializer="raw",
        store="memory://",
        web_enabled=False,
        autodiscover=False,
        topic_allow_declare=False,  # topics are made by `eventlog.topics`
        topic_disable_leader=True,
        topic_partitions=config.partitions,
        stream_wait_empty=False,
        # After a kill -9 others take over within seconds; Faust's defaults take a minute.
        broker_session_timeout=6.0,
        broker_heartbeat_interval=1.0,
        broker_rebalance_timeout=5.0,
        broker_commit_interval=0.5,
        consumer_auto_offset_reset="earliest",
        consumer_metadata_max_age_ms=METADATA_MS,
        worker_redirect_stdouts=False,
    )
    ingress = app.topic(config.topics.ingress, key_type=bytes, value_type=bytes)
    events = app.topic(config.topics.events, key_type=bytes, value_type=bytes)

    async def normalise(stream: Any) -> None:
        async for event in stream.noack().events():
            await take(_record(event.message), partial(stream.ack, event))

    app.agent(ingress, name="normalise", concurrency=1)(normalise)
    for name in AGENTS:
        app.agent(events, name=name, concurrency=1)(_hinting(types_of(name), hint))

    async def tick() -> None:
        kick()

    app.timer(TIMER_S)(tick)
    return app


def _hinting(types: frozenset[bytes], hint: Hint) -> Callable[[Any], Awaitable[None]]:
    async def agent(stream: Any) -> None:
        async for event in stream.events():
            message = event.message
            if is_for(types, message.headers):
                hint(message.partition, message.offset)

    return agent


def _record(message: Any) -> LogRecord:
    """From Faust's message, whose headers are a list or a mapping and whose times are in seconds."""
    headers = message.headers or ()
    pairs = headers.items() if isinstance(headers, dict) else headers
    return LogRecord(
        message.partition,
        message.offset,
        int((message.timestamp or 0) * 1000),
        message.key or b"",
        message.value or b"",
        tuple((name, bytes(value)) for name, value in pairs),
    )
