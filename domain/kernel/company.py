"""Whose journey it is, by the envelope: commands do not repeat the company in their fields."""

from __future__ import annotations

from collections.abc import Iterable

from domain.kernel.errors import Refused
from domain.kernel.ids import owner_of, tenant_journey
from domain.kernel.journey import Context, Journey
from domain.kernel.stream import Stream


def check_tenant(context: Context, streams: Iterable[Stream]) -> None:
    """Raises Refused(wrong_tenant) where the journey is another tenant's: by its name or, as a lead's name tells
    nothing, by what its streams keep of the first command."""
    owners = {owner_of(context.journey), *(stream.owner for stream in streams)}
    if not owners <= {None, context.tenant}:
        raise Refused("wrong_tenant")


def check_company_journey(journey: Journey) -> None:
    """Raises Refused(wrong_journey) for settings outside of the company's own journey."""
    if journey.context.journey != tenant_journey(journey.context.tenant):
        raise Refused("wrong_journey")
