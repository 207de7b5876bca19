"""Who did what, what was tried in vain, and who read whose personal data: for auditors."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query

from api.auth import CallerDep, allowed
from api.reading import Fresh
from api.routes.leads import After, Limit
from api.services import ServicesDep
from domain.kernel.actor import Permission
from projections.read.page import Page
from projections.read.security import SecurityEvent, Wanted, security_events

router = APIRouter(prefix="/v1/security-events", tags=["security"], dependencies=[Fresh])


@router.get("", **allowed(Permission.SECURITY_READ))
async def list_security_events(
    services: ServicesDep,
    caller: CallerDep,
    _: Annotated[str | None, Header(alias="X-Tenant-ID", description="the company; the holding's own without")] = None,
    kind: Annotated[str | None, Query(max_length=40)] = None,
    actor: Annotated[str | None, Query(max_length=80, description="who did it")] = None,
    user: Annotated[UUID | None, Query(description="whose account")] = None,
    about: Annotated[str | None, Query(max_length=80, description="session, key, role, lead, …")] = None,
    since: Annotated[datetime | None, Query(alias="from", description="RFC 3339")] = None,
    until: Annotated[datetime | None, Query(alias="to", description="RFC 3339, not included")] = None,
    limit: Limit = 50,
    after: After = None,
) -> Page[SecurityEvent]:
    """The latest first. What failed is told of by the minute, what was read by the quarter of an hour."""
    wanted = Wanted(kind=kind, actor=actor, user_id=str(user) if user else None, about=about, since=since, until=until)
    async with services.reads.company(caller.company, caller.sight) as conn:
        return await security_events(conn, caller.company, wanted, limit=limit, after=after)
