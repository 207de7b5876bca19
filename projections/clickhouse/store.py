"""The store of `projection.py` in one generation's database: the statements."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from clickhouse_connect.datatypes.registry import get_from_name
from clickhouse_connect.driver.asyncclient import AsyncClient

from eventlog.model import Anchor
from projections.clickhouse.columns import COLUMNS, NAMES
from projections.clickhouse.connection import Target, translated
from projections.clickhouse.generations import generation_database
from projections.clickhouse.metrics import BLOCK_ROWS, INSERT_SECONDS, NEXT_OFFSET, ROWS
from projections.clickhouse.plan import Block, Plan
from projections.clickhouse.projection import Stored, Superseded

EXACTLY_ONCE: Final = {
    # queued inserts are merged by the server: a block would not be what its plan says
    "async_insert": 0,
    "insert_deduplicate": 1,
    # a block that is there already still reaches the tables fed by it, which count it by themselves
    "deduplicate_blocks_in_dependent_materialized_views": 1,
    "parallel_view_processing": 1,  # a third off the time of a full block
}
_TYPES: Final = [get_from_name(column.type) for column in COLUMNS]
_PLAN: Final = {
    "epoch": "UInt32",
    "partition": "UInt16",
    "version": "UInt64",
    "done": "Bool",
    "rows": "UInt64",
    **{
        f"{side}{what}": type_
        for side in ("first", "next")
        for what, type_ in {
            "": "UInt64",
            "_head": "String",
            "_command": "Int64",
            "_commit": "Int64",
            "_prev": "String",
        }.items()
    },
}
_PLAN_TYPES: Final = [get_from_name(type_) for type_ in _PLAN.values()]
_STATE: Final = (
    "SELECT {columns}, (SELECT max(number) FROM {facade}.generations) "
    "FROM {db}.blocks ORDER BY epoch DESC, version DESC LIMIT 1 BY `partition`"
)
_INSTANCES: Final = "SELECT conversation, instance FROM {db}.conversations WHERE conversation IN {{ids:Array(String)}}"
_ASKED: Final = 10_000
"""Conversations asked for in one query: their ids are 400 KB of SQL."""


class ClickHouseStore:
    """number: the generation written to. must_be_active: Superseded when another one is; False for a rebuild."""

    def __init__(self, client: AsyncClient, target: Target, number: int, *, must_be_active: bool = True) -> None:
        self._client = client
        self._number = number
        self._must_be_active = must_be_active
        self._database = generation_database(target, number)
        self._state_sql = _STATE.format(
            columns=", ".join(f"`{name}`" for name in _PLAN), db=self._database, facade=target.database
        )
        self._instances_sql = _INSTANCES.format(db=self._database)

    async def state(self) -> Mapping[int, Stored]:
        found: dict[int, Stored] = {}
        with translated():
            rows = (await self._client.query(self._state_sql)).result_rows
        for *values, active in rows:
            if self._must_be_active and active != self._number:
                raise Superseded(detail=f"generation {active} is active, not {self._number}")
            row = dict(zip(_PLAN, values, strict=True))
            found[row["partition"]] = _stored(row)
        return found

    async def claim(self, plan: Plan) -> None:
        # the same claim again is dropped by the server, silently: which one won is read back with state()
        await self._insert_plans([_row(plan, done=False)], token=plan.claim)

    async def done(self, plans: Sequence[Plan]) -> None:
        await self._insert_plans([_row(plan, done=True) for plan in plans])
        for plan in plans:
            NEXT_OFFSET.labels(plan.partition).set(plan.after.next_offset)

    async def insert(self, block: Block) -> None:
        began = time.perf_counter()
        with translated():
            await self._client.insert(
                "events",
                list(zip(*block.rows, strict=True)),
                NAMES,
                database=self._database,
                column_types=_TYPES,
                column_oriented=True,
                settings=EXACTLY_ONCE | {"insert_deduplication_token": block.plan.token},
            )
        INSERT_SECONDS.observe(time.perf_counter() - began)
        BLOCK_ROWS.observe(len(block.rows))
        ROWS.inc(len(block.rows))

    async def instances(self, conversations: Collection[str]) -> Mapping[str, str]:
        ids = list(conversations)
        found: dict[str, str] = {}
        with translated():
            for start in range(0, len(ids), _ASKED):
                result = await self._client.query(self._instances_sql, parameters={"ids": ids[start : start + _ASKED]})
                found |= {str(conversation): str(instance) for conversation, instance in result.result_rows}
        return found

    async def _insert_plans(self, rows: list[list[Any]], *, token: str | None = None) -> None:
        settings = EXACTLY_ONCE | ({"insert_deduplication_token": token} if token else {})
        with translated():
            await self._client.insert(
                "blocks", rows, list(_PLAN), database=self._database, column_types=_PLAN_TYPES, settings=settings
            )


def _row(plan: Plan, *, done: bool) -> list[Any]:
    before, after = plan.before, plan.after
    version = 2 * before.next_offset + done
    return [after.epoch, after.partition, version, done, plan.rows, *_anchor_values(before), *_anchor_values(after)]


def _anchor_values(anchor: Anchor) -> list[Any]:
    return [
        anchor.next_offset,
        anchor.head.hex(),
        anchor.last_command_offset,
        anchor.commit_offset,
        anchor.commit_prev.hex(),
    ]


def _stored(row: Mapping[str, Any]) -> Stored:
    plan = Plan(before=_anchor(row, "first"), after=_anchor(row, "next"), rows=row["rows"])
    return Stored(plan, bool(row["done"]))


def _anchor(row: Mapping[str, Any], side: str) -> Anchor:
    return Anchor(
        epoch=row["epoch"],
        partition=row["partition"],
        next_offset=row[side],
        head=bytes.fromhex(row[f"{side}_head"]),
        last_command_offset=row[f"{side}_command"],
        commit_offset=row[f"{side}_commit"],
        commit_prev=bytes.fromhex(row[f"{side}_prev"]),
    )
