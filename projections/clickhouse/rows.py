"""A commit → its rows. Pure: one row for each record, whatever the record says, so that counts can be compared."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from domain.kernel.clock import to_us
from domain.kernel.event import Event
from domain.kernel.ids import HOLDING, HOLDING_TENANT, category_of, event_id
from eventlog.bodies import COMMAND_REFUSED, EPOCH_CLOSED
from eventlog.model import Commit, EpochClosed, Recorded, Refusal
from projections.clickhouse.columns import MEASURES
from projections.clickhouse.measures import MEASURED, Paths
from projections.clickhouse.paths import Getter, compile_path

UNDECODABLE: Final = "Undecodable"
"""Topic of a row whose record could not be read; `code` says why."""

Row = tuple[Any, ...]
"""Values in the order of `columns.COLUMNS`."""

InstanceOf = Callable[[str], str]
"""Conversation → its channel instance, "" if unknown. Only `ConversationStarted` says it, analysts want it always."""

_AT: Final = {column.name: place for place, column in enumerate(MEASURES)}
_EMPTY: Final = tuple(column.default for column in MEASURES)
_INSTANCE: Final = _AT["instance"]
_CONVERSATION: Final = _AT["conversation"]


class Rows(NamedTuple):
    """month: year × 100 + month, UTC: the table's partition that all rows lie in (a commit has one time)."""

    month: int
    rows: list[Row]


def rows_of(commit: Commit, instance_of: InstanceOf) -> Rows:
    """One row for each record of the commit, in order."""
    if commit.events:
        at = commit.events[0].at
        rows = [_event(commit, place, recorded, instance_of) for place, recorded in enumerate(commit.events)]
    elif commit.refusal is not None:
        at = commit.refusal.at
        rows = [_refusal(commit, commit.refusal)]
    elif commit.closed is not None:
        at = commit.closed.at
        rows = [_closed(commit, commit.closed)]
    else:
        at = datetime.fromtimestamp(commit.records[0].timestamp_ms // 1000, UTC)
        rows = [_undecodable(commit, place, to_us(at)) for place in range(len(commit.records))]
    return Rows(at.year * 100 + at.month, rows)


Plan = tuple[tuple[int, Getter], ...]


def _compiled(cls: type[Event], paths: Paths) -> Plan:
    return tuple((_AT[column], compile_path(cls, path).get) for column, path in paths.items())


_PLANS: Final[dict[type[Event], Plan]] = {cls: _compiled(cls, paths) for cls, paths in MEASURED.items()}


def _event(commit: Commit, place: int, recorded: Recorded, instance_of: InstanceOf) -> Row:
    meta, event = recorded.meta, recorded.event
    measures = list(_EMPTY)
    for column, get in _PLANS[type(event)]:
        value = get(event)
        if value is not None:
            measures[column] = value
    if measures[_CONVERSATION] and not measures[_INSTANCE]:
        measures[_INSTANCE] = instance_of(str(measures[_CONVERSATION]))
    return (
        commit.epoch,
        commit.partition,
        commit.first_offset + place,
        meta.event_id,
        event.TOPIC,
        category_of(meta.stream),
        meta.tenant,
        meta.journey,
        meta.stream,
        meta.version,
        to_us(meta.at),
        meta.actor.kind,
        meta.command_id,
        meta.causation or "",
        *measures,
    )


def _refusal(commit: Commit, refusal: Refusal) -> Row:
    stream = refusal.stream or ""
    return (
        commit.epoch,
        commit.partition,
        commit.first_offset,
        event_id(refusal.command_id, 0),
        COMMAND_REFUSED,
        category_of(stream),
        refusal.tenant,
        refusal.journey,
        stream,
        0,
        to_us(refusal.at),
        refusal.actor.kind,
        refusal.command_id,
        refusal.causation or "",
        *_measures(kind=refusal.command_topic, code=refusal.code),
    )


def _closed(commit: Commit, closed: EpochClosed) -> Row:
    return (
        commit.epoch,
        commit.partition,
        commit.first_offset,
        event_id(closed.command_id, 0),
        EPOCH_CLOSED,
        "",
        HOLDING_TENANT,
        HOLDING,
        "",
        0,
        to_us(closed.at),
        closed.actor.kind,
        closed.command_id,
        "",
        *_EMPTY,
    )


def _undecodable(commit: Commit, place: int, at_us: int) -> Row:
    """Nothing of the record itself, not even its key: what cannot be read may hold anything."""
    where = (commit.epoch, commit.partition, commit.first_offset + place)
    return (*where, "", UNDECODABLE, "", "", "", "", 0, at_us, "", "", "", *_measures(code=commit.undecodable))


def _measures(**values: Any) -> Row:
    measures = list(_EMPTY)
    for name, value in values.items():
        measures[_AT[name]] = value
    return tuple(measures)
