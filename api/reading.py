"""Reads that must see a position wait for it; never old data (design §3)."""

from __future__ import annotations

import time
from typing import Annotated, Final

from fastapi import Depends, Header

from api.auth import CallerDep
from api.services import Services, ServicesDep
from api.vector import parse_vector
from domain.kernel.errors import Unavailable

WAIT_S: Final = 2.0
"""The projector is some milliseconds behind; after two seconds something is wrong: 503, the client tries again."""


async def _fresh(_: CallerDep, services: ServicesDep, x_legion_position: Annotated[str, Header()] = "") -> None:
    """`X-Legion-Position: partition:offset`, as a write answered it: the read sees that write, or is 503."""
    await position_reached(services, x_legion_position)


async def position_reached(services: Services, x_legion_position: str) -> None:
    """Waits for it. Raises InvalidInput, Unavailable."""
    deadline = time.monotonic() + WAIT_S
    for partition, offset in parse_vector(x_legion_position, services.partitions).items():
        if not await services.listener.wait_for(partition, offset, deadline - time.monotonic()):
            raise Unavailable("position_not_reached", f"partition {partition} is not at {offset} yet")


Fresh = Depends(_fresh)
