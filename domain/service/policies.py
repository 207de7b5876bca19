"""What a service may be called and cost."""

from __future__ import annotations

from typing import Final

from domain.holding.policies import name_fault
from domain.kernel.errors import Refused
from domain.kernel.money import MAX_AMOUNT, MINOR_DIGITS
from domain.service.aggregate import Service

MAX_SERVICES: Final = 1000
"""Of one company, at a time: its services are one stream, loaded whole for each change of one of them."""


def check(service: Service) -> None:
    """Raises Refused with the field. Refused: invalid_name, invalid_price, unknown_currency."""
    if fault := name_fault(service.name):
        raise Refused(fault, "name")
    if not 0 <= service.price <= MAX_AMOUNT:
        raise Refused("invalid_price", "price")
    if service.currency not in MINOR_DIGITS:
        raise Refused("unknown_currency", "currency")
