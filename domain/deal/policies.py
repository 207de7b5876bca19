"""Rules of deals that are worth a name."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from datetime import timedelta
from typing import Final

from domain.deal.parts import DealItem, Money
from domain.kernel.money import MAX_AMOUNT, MINOR_DIGITS

UNDO_WITHIN: Final = timedelta(minutes=15)
"""After a handoff. Who clicked by mistake sees it at once; later a person has begun to work on the deal."""

MAX_ITEMS: Final = 100
MAX_QUANTITY: Final = 1_000_000
MAX_ACTIVITIES: Final = 2000
"""Of one deal: five a day for a year. Each id is kept in the aggregate."""


FAULTS: Final = {
    "unknown_currency": "none of ISO 4217 with a smallest unit",
    "value_out_of_range": f"from 0 to {MAX_AMOUNT} of the currency's smallest unit",
    "too_many_items": f"at most {MAX_ITEMS}",
    "item_out_of_range": f"quantity: from 1 to {MAX_QUANTITY}; price: from 0 to {MAX_AMOUNT}",
    "value_is_not_the_sum": "with items the value is their sum: quantity times price",
}
"""What is wrong, by its code: for whoever has to mend it."""

FACT: Final = "fact:"
"""Before the key of an answer that a stage requires."""


def money_fault(value: Money) -> str | None:
    """The code of what is wrong with it; None: nothing."""
    if value.currency not in MINOR_DIGITS:
        return "unknown_currency"
    return None if 0 <= value.minor <= MAX_AMOUNT else "value_out_of_range"


def items_fault(value: Money, items: Sequence[DealItem]) -> str | None:
    """As `money_fault`. With items the value is their sum."""
    if len(items) > MAX_ITEMS:
        return "too_many_items"
    if any(not 0 < item.quantity <= MAX_QUANTITY or not 0 <= item.price <= MAX_AMOUNT for item in items):
        return "item_out_of_range"
    if items and value.minor != sum(item.quantity * item.price for item in items):
        return "value_is_not_the_sum"
    return None


def missing(requires: Sequence[str], known: Mapping[str, bool], facts: Container[str]) -> tuple[str, ...]:
    """What is required and not known, in the order of the requirements. known: of `value`, `items`, `brief`, `user` and
    `team`. facts: keys of what is known of the lead."""
    return tuple(
        name
        for name in requires
        if not (name.removeprefix(FACT) in facts if name.startswith(FACT) else known.get(name, False))
    )
