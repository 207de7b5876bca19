"""Writes about a lead: one that the caller does not see is not there for them either."""

from __future__ import annotations

from api.auth import Caller
from api.services import Services
from domain.kernel.errors import NotFound
from projections.read import leads
from projections.read.leads import Lead


async def lead_seen(services: Services, caller: Caller, lead_id: str) -> Lead:
    """Raises NotFound `lead_not_found`, Unavailable."""
    async with services.reads.company(caller.company, caller.sight) as conn:
        found = await leads.lead(conn, caller.company, lead_id)
    if found is None:
        raise NotFound("lead_not_found")
    return found
