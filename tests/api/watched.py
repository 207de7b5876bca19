"""What auditors are shown of what was counted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from cli.processes.common import open_reads
from projections.read.listener import Listener
from projections.read.outcomes import Outcomes
from streams.relay import Relay
from streams.summaries import failures_told, reads_told
from tests.api.people import Person
from tests.api.world import World, until
from vault.accounts.counts import READS

AHEAD = READS.length * 3
"""Whatever was counted until now is told of."""

Row = dict[str, Any]


@asynccontextmanager
async def relay_of(world: World) -> AsyncIterator[Relay]:
    """As the streams process has it."""
    async with AsyncExitStack() as stack:
        reads, dsn = await open_reads(stack, world.settings, world.vault)
        listener = await stack.enter_async_context(Listener(dsn))
        yield Relay(world.vault, world.commands, Outcomes(reads, listener))


async def shown(world: World, by: Person, company: str | None, count: int, **query: Any) -> list[Row]:
    """The security events that are asked for, once there are so many."""
    path = "/v1/security-events?" + "&".join(f"{name}={value}" for name, value in query.items())

    async def ask() -> list[Row] | None:
        await world.vault.counts.close_failures(failures_told, ahead=AHEAD)
        await world.vault.counts.close_reads(reads_told, ahead=AHEAD)
        async with relay_of(world) as relay:
            await relay.look()
        answer = await by.call("GET", path, **({} if company is None else {"x_tenant_id": company}))
        assert answer.status_code == 200, answer.text
        rows: list[Row] = answer.json()["items"]
        return rows if sum(row["count"] for row in rows) >= count else None

    return await until(f"{count} of {query}", ask, 60)
