"""The columns of the fact table `events`.

Ids are strings as the log has them: what cannot be parsed can then not stop a block. Numbers are Int64, as Avro's
long is. Nothing here is personal: see `measures.py`.
"""

from __future__ import annotations

from typing import Final, NamedTuple

TIME: Final = "DateTime64(6, 'UTC')"
WORD: Final = "LowCardinality(String)"
"""Of few different values."""


class Column(NamedTuple):
    """default: what a row says that has nothing to say."""

    name: str
    type: str
    default: str | int | bool | None = ""


ENVELOPE: Final = (
    Column("epoch", "UInt32", 0),
    Column("partition", "UInt16", 0),  # of [events]; with offset: where the record stands
    Column("offset", "UInt64", 0),
    Column("event_id", "String"),
    Column("topic", WORD),  # also CommandRefused, EpochClosed, Undecodable
    Column("category", WORD),
    Column("company", WORD),
    Column("journey", "String"),
    Column("stream", "String"),
    Column("version", "Int64", 0),
    Column("at", TIME, 0),  # microseconds since 1970, the log's clock
    Column("actor", WORD),  # its kind, never who
    Column("command_id", "String"),
    Column("causation", "String"),
)

MEASURES: Final = (
    Column("instance", WORD),
    Column("conversation", "String"),
    Column("channel", WORD),
    Column("kind", WORD),  # of a message, item, effect; of CommandRefused the command's topic
    Column("message", "String"),
    Column("turn", "String"),  # the turn that the event opens, moves or ends
    Column("first_at", f"Nullable({TIME})", None),  # when that turn's first message came
    Column("messages", "Int64", 0),  # gathered in the turn
    Column("reply", "String"),
    Column("chunk", "String"),  # the one it is about; of a reply its first
    Column("chunks", "Int64", 0),  # of a reply
    Column("sent", "Int64", 0),  # of them
    Column("cancels", "Int64", 0),
    Column("centurion", WORD),
    Column("centurion_version", "Int64", 0),
    Column("model", WORD),
    Column("prompt_tokens", "Int64", 0),
    Column("completion_tokens", "Int64", 0),
    Column("cost_micros", "Int64", 0),  # millionths of a US dollar
    Column("latency_ms", "Int64", 0),
    Column("deal", "String"),
    Column("pipeline", WORD),
    Column("stage", WORD),
    Column("value", "Int64", 0),  # of the deal, in the currency's smallest unit
    Column("currency", WORD),
    Column("conversion", "String"),
    Column("pixel", WORD),
    Column("name", WORD),  # of a conversion, Meta's; what came of it says the topic
    Column("campaign", WORD),  # what brought the lead here, with the two that follow
    Column("ad_set", WORD),
    Column("ad", WORD),
    Column("rules", "Int64", 0),
    Column("score", "Int64", 0),
    Column("status", WORD),
    Column("reason", WORD),
    Column("code", WORD),
    Column("late", "Bool", False),
    Column("contract", "String"),
    Column("signer", WORD),  # their name in the template, never who
    Column("sandbox", "Bool", False),  # a contract that binds nobody
)

COLUMNS: Final = ENVELOPE + MEASURES
NAMES: Final = tuple(column.name for column in COLUMNS)
