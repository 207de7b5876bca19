"""What the demo proves at its end: the three stores agree, the chain holds, a rebuild is equal."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Summary:
    """The last line of `make demo ONCE=1`. Counts are of the whole data folder; `seconds` of this run.

    chain: `verified` or `broken`. rebuild_equal: a fresh generation filled from the log equals the active one.
    refused: commands that changed nothing, as they should: echoes of what Legion itself said, a link that waits until
    the Centurion has spoken, an answer about a document of which more was told since.
    purchases_accepted: that Meta has taken; None where one of the providers is a real one.
    companies_apart: neither of two companies' people reads the other; None where mails go to a real server.
    """

    messages_in: int
    turns: int
    replies_out: int
    chunks: int
    events: int
    refused: int
    chain: str
    rebuild_equal: bool
    clickhouse_rows: int
    deals: int
    contracts_signed: int
    purchases_accepted: int | None
    companies_apart: bool | None
    seconds: float

    def line(self) -> str:
        return orjson.dumps(asdict(self)).decode()

    @property
    def good(self) -> bool:
        return (
            self.chain == "verified"
            and self.rebuild_equal
            and self.chunks > 0
            and self.companies_apart is not False
            and self.purchases_accepted != 0
        )


def count_topics(topics: dict[str, int]) -> dict[str, Any]:
    """Journal rows by event topic → the counts of the summary that come from them."""
    return {
        "messages_in": topics.get("MessageReceived", 0),
        "turns": topics.get("TurnClosed", 0),
        "replies_out": topics.get("ReplyGenerated", 0),
        "chunks": topics.get("ChunkSent", 0),
        "deals": topics.get("DealOpened", 0),
        "contracts_signed": topics.get("ContractSigned", 0),
        "refused": topics.get("CommandRefused", 0),
        "events": sum(count for topic, count in topics.items() if topic != "CommandRefused"),
    }
