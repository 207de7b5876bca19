"""What a company sells."""

from __future__ import annotations

from domain.service import events as s
from projections.engine.columns import Bool, Int, Text
from projections.engine.ops import Ops, change, put
from projections.engine.seen import Seen
from projections.engine.table import Table


class Services(Table):
    """price: of one, in the currency's smallest unit."""

    id: Text
    name: Text
    price: Int
    currency: Text
    retired: Bool = False

    def ServiceAdded(self, e: Seen[s.ServiceAdded]) -> Ops:
        return put(e.event.service, name=e.event.name, price=e.event.price, currency=e.event.currency)

    def ServiceChanged(self, e: Seen[s.ServiceChanged]) -> Ops:
        return change(e.event.service, name=e.event.name, price=e.event.price, currency=e.event.currency)

    def ServiceRetired(self, e: Seen[s.ServiceRetired]) -> Ops:
        return change(e.event.service, retired=True)
