"""The end of the demo: counts from the read database, the walk of the chain, a rebuild, ClickHouse's rows."""

from __future__ import annotations

import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, create_subprocess_exec
from collections.abc import Callable
from typing import Any, Final

import httpx

from cli.demo.client import until
from cli.demo.report import Summary, count_topics
from cli.stack.plan import Plan
from domain.kernel.errors import Unavailable

AGREE_S: Final = 20.0
"""ClickHouse gets a block each second; the rest is milliseconds behind."""


async def prove(
    plan: Plan,
    tell: Callable[[str], None],
    *,
    apart: bool | None,
    purchases: int | None,
    seconds: Callable[[], float],
) -> Summary:
    """Runs the same commands that a person would: `legion audit verify`, `legion rebuild --compare`."""
    verified = await _legion(plan, "audit", "verify", "--json")
    tell(f"  chain {verified['chain']}: {verified['totals']['commits']} commits in {verified['seconds']} s")
    rebuilt = await _legion(plan, "rebuild", "--compare", "--json")
    tell(f"  rebuild {'equal' if rebuilt['equal'] else 'NOT equal'}: {rebuilt['tables']} tables")
    counts = count_topics(verified["topics"])
    total = counts["events"] + counts["refused"]

    async def agrees() -> int | None:
        rows = await _clickhouse_rows(plan)
        return rows if rows >= total else None

    rows = await until("ClickHouse to agree", agrees, AGREE_S)
    tell(f"  ClickHouse holds {rows} rows")
    return Summary(
        **counts,
        chain=verified["chain"],
        rebuild_equal=rebuilt["equal"],
        clickhouse_rows=rows,
        companies_apart=apart,
        purchases_accepted=purchases,
        seconds=round(seconds(), 1),
    )


async def _legion(plan: Plan, *args: str) -> dict[str, Any]:
    """One command of ours, in a process of its own. Raises Unavailable when it fails without an answer."""
    env = os.environ | plan.env | {"LEGION_POSTGRES_ADMIN_PASSWORD": plan.admin_password}
    process = await create_subprocess_exec(
        *(sys.executable, "-m", "cli", *args), env=env, stdin=DEVNULL, stdout=PIPE, stderr=PIPE
    )
    out, error = await process.communicate()
    lines = out.decode().strip().splitlines()
    if not lines:
        raise Unavailable("command_failed", f"legion {' '.join(args)}: {error.decode()[-500:]}")
    answer: dict[str, Any] = json.loads(lines[-1])
    return answer


async def _clickhouse_rows(plan: Plan) -> int:
    auth = ("legion", plan.env["LEGION_CLICKHOUSE_PASSWORD"])
    async with httpx.AsyncClient(trust_env=False, auth=auth) as http:
        answer = await http.get(plan.urls["clickhouse"], params={"query": "select count() from legion.events"})
    answer.raise_for_status()
    return int(answer.text)
