"""What the log itself says: the journal of every record, the journeys' clocks, the quarantine."""

from __future__ import annotations

from projections.engine.columns import Bool, Bytes, Int, Text, Time
from projections.engine.table import Table


class Journal(Table):
    """Every record of every accepted commit, refusals too. Written by `projections.plan`, not by handlers.

    key, value, headers (see `projections.headers`): raw bytes. stream, version: NULL for what is no event. applied:
    False where the journey is in quarantine: then neither its version nor its id counts as taken.
    """

    GLOBAL = True
    KEY = ("partition", "epoch", "log_offset")
    INDEXES = (
        "(journey, command_id)",
        "unique (stream, version) where applied and version is not null",
        "unique (event_id) where applied and version is not null",
        "(journey, epoch, log_offset)",
    )

    partition: Int
    epoch: Int
    log_offset: Int
    journey: Text
    stream: Text | None
    version: Int | None
    event_id: Text | None
    topic: Text | None
    command_id: Text | None
    at: Time | None
    applied: Bool = True
    key: Bytes
    value: Bytes
    headers: Bytes


class Journeys(Table):
    """last_at: of the journey's last commit. The next one is not earlier."""

    KEY = ("journey",)
    INDEXES = ("(journey)",)

    journey: Text
    last_at: Time | None


class Quarantine(Table):
    """Journeys that are journalled only: effects held, commands refused. The cure is code and a rebuild.

    reason: code. partition, epoch, log_offset: the first record of the commit that could not be applied.
    """

    KEY = ("journey",)
    INDEXES = ("(journey)",)

    journey: Text
    reason: Text
    partition: Int
    epoch: Int
    log_offset: Int
