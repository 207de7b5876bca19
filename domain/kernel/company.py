"""A company's own journey, by the envelope: commands of settings do not repeat the company in their fields."""

from __future__ import annotations

from domain.kernel.errors import Refused
from domain.kernel.ids import tenant_journey
from domain.kernel.journey import Journey


def check_company_journey(journey: Journey) -> None:
    """Raises Refused(wrong_journey) where the envelope's tenant and journey are not the same company's."""
    if journey.context.journey != tenant_journey(journey.context.tenant):
        raise Refused("wrong_journey")
