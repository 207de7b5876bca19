"""A generation's tables, as code. A generation is a database of its own (`generations.py`), filled from offset 0.

Every table has a deduplication window, fsync of each insert, and is fed by the blocks inserted into `events` alone:

    events          facts: one row for each accepted record
    message_hours   messages in, out and by hand, per hour
    conversations   conversation → channel instance
    turns, chunks   what is known of each turn and of each sent chunk
    blocks          the newest plan of each log partition (`plan.py`)

**Answer times** need three ids: a turn knows its first message, a reply its turn and first chunk, a sent chunk only
itself. Each is kept under its own id as minima and maxima, which no order of blocks can change, and put together when
asked (`views.answers`). A state machine in the projector would need a durable state; a join inside a materialised view
would miss whatever comes with a later block.
"""

from __future__ import annotations

from typing import Final

from projections.clickhouse.columns import COLUMNS, TIME, WORD
from projections.clickhouse.connection import Target, connect
from projections.clickhouse.generations import (
    activate,
    active_generation,
    create_pointer,
    generation_database,
    run,
    show,
)

WINDOW: Final = 10_000
"""Tokens remembered by each table: a quarter of an hour of 12 log partitions with a block each second. A block is
repeated only while nothing follows it in its log partition."""

_KEPT: Final = (
    f"non_replicated_deduplication_window = {WINDOW}, "
    # a plan or block that was acknowledged survives the machine, not only the process
    "fsync_after_insert = 1, fsync_part_directory = 1"
)
_PACKED: Final = {"offset": " CODEC(Delta, ZSTD(1))", "at": " CODEC(Delta, ZSTD(1))"}


def _facts() -> str:
    return ", ".join(f"`{c.name}` {c.type}{_PACKED.get(c.name, '')}" for c in COLUMNS)


def _simple(function: str, type_: str) -> str:
    return f"SimpleAggregateFunction({function}, {type_})"


_ID: Final = _simple("max", "String")
_FIRST: Final = _simple("min", f"Nullable({TIME})")

TABLES: Final = {
    "events": f"({_facts()}) ENGINE = MergeTree PARTITION BY toYYYYMM(at) "
    "ORDER BY (company, topic, at, `partition`, `offset`)",
    "message_hours": f"(company {WORD}, instance {WORD}, hour DateTime('UTC'), direction {WORD}, kind {WORD}, "
    "messages UInt64, late UInt64) ENGINE = SummingMergeTree PARTITION BY toYYYYMM(hour) "
    "ORDER BY (company, instance, hour, direction, kind)",
    "conversations": f"(conversation String, company {WORD}, instance {WORD}, channel {WORD}, started_at {TIME}) "
    "ENGINE = MergeTree ORDER BY conversation",
    "turns": f"(company {WORD}, turn String, conversation {_ID}, instance {_ID}, centurion {_ID}, reply {_ID}, "
    f"first_chunk {_ID}, messages {_simple('max', 'Int64')}, first_at {_FIRST}, closed_at {_FIRST}, "
    f"made_at {_FIRST}) ENGINE = AggregatingMergeTree ORDER BY (company, turn)",
    "chunks": f"(company {WORD}, chunk String, sent_at {_simple('min', TIME)}) "
    "ENGINE = AggregatingMergeTree ORDER BY (company, chunk)",
    # one row a log partition remains: version grows from plan to done to the next plan
    "blocks": "(epoch UInt32, `partition` UInt16, version UInt64, done Bool, rows UInt64, "
    "first UInt64, first_head String, first_command Int64, first_commit Int64, first_prev String, "
    "next UInt64, next_head String, next_command Int64, next_commit Int64, next_prev String) "
    "ENGINE = ReplacingMergeTree(version) ORDER BY (epoch, `partition`)",
}
"""Table → columns, engine and key."""

_REPLY: Final = "topic IN ('TurnClosed', 'ReplyGenerated', 'ReplyFailed')"  # rows whose reply answers their turn
_MADE: Final = "topic IN ('ReplyGenerated', 'ReplyFailed')"

FEEDS: Final = {
    "message_hours": "company, instance, toStartOfHour(at) AS hour, multiIf(topic = 'MessageReceived', 'in', "
    "topic = 'ChunkSent', 'out', 'human') AS direction, if(topic = 'ChunkSent', 'text', events.kind) AS kind, "
    "count() AS messages, countIf(events.late) AS late FROM {db}.events AS events "
    "WHERE topic IN ('MessageReceived', 'ChunkSent', 'HumanMessageSent') "
    "GROUP BY company, instance, hour, direction, kind",
    "conversations": "conversation, company, instance, channel, at AS started_at "
    "FROM {db}.events WHERE topic = 'ConversationStarted'",
    "turns": "company, turn, max(events.conversation) AS conversation, max(events.instance) AS instance, "
    f"maxIf(events.centurion, {_REPLY}) AS centurion, maxIf(events.reply, {_REPLY}) AS reply, "
    f"maxIf(events.chunk, {_MADE}) AS first_chunk, max(events.messages) AS messages, "
    "min(events.first_at) AS first_at, minIf(toNullable(at), topic = 'TurnClosed') AS closed_at, "
    f"minIf(toNullable(at), {_MADE}) AS made_at "
    "FROM {db}.events AS events WHERE turn != '' GROUP BY company, turn",
    "chunks": "company, chunk, min(at) AS sent_at FROM {db}.events WHERE topic = 'ChunkSent' GROUP BY company, chunk",
}
"""Table → the SELECT over an inserted block that feeds it."""


def table_statements(database: str) -> list[str]:
    """Makes a generation's database; each statement may be repeated."""
    return [
        f"CREATE DATABASE IF NOT EXISTS {database}",
        *(f"CREATE TABLE IF NOT EXISTS {database}.{name} {what} SETTINGS {_KEPT}" for name, what in TABLES.items()),
        *(
            f"CREATE MATERIALIZED VIEW IF NOT EXISTS {database}.{name}_feed TO {database}.{name} "
            f"AS SELECT {select.format(db=database)}"
            for name, select in FEEDS.items()
        ),
    ]


async def create_tables(target: Target) -> None:
    """Makes what is missing, views included; the first time generation 1. Idempotent. Raises Unavailable."""
    async with connect(target) as client:
        await create_pointer(client, target)
        number = await active_generation(client, target)
        await run(client, *table_statements(generation_database(target, number or 1)))
        if number:
            await show(client, target, number)
        else:
            await activate(client, target, 1)
