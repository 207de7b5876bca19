"""Blocks of rows that get a new deduplication token with each try: after a crash the same block is another one."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

from projections.clickhouse.plan import Block, Plan
from projections.clickhouse.store import ClickHouseStore


class OtherToken(Plan):
    @property
    def token(self) -> str:
        return uuid4().hex


class NewToken(ClickHouseStore):
    async def insert(self, block: Block) -> None:
        plan = block.plan
        await super().insert(replace(block, plan=OtherToken(plan.before, plan.after, plan.rows)))
