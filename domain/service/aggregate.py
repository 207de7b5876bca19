"""What a company sells: names are unique among its services."""

from __future__ import annotations

from dataclasses import dataclass

from domain.effect import events as x
from domain.kernel.stream import Stream, evolves
from domain.service import events as e


@dataclass(frozen=True, slots=True)
class Service:
    """price: of one, in the currency's smallest unit."""

    name: str
    price: int
    currency: str


class Services(Stream):
    """Of one company. services: id → those that it sells. retired: ids of those that it does not any more."""

    CATEGORY = "services"

    def begin(self) -> None:
        self.services: dict[str, Service] = {}
        self.retired: set[str] = set()

    @evolves(e.ServiceAdded, e.ServiceChanged)
    def _said(self, event: e.ServiceAdded | e.ServiceChanged) -> None:
        self.services[event.service] = Service(event.name, event.price, event.currency)

    @evolves(e.ServiceRetired)
    def _retired(self, event: e.ServiceRetired) -> None:
        del self.services[event.service]
        self.retired.add(event.service)

    @evolves(x.EffectExpired, x.EffectAbandoned)
    def _effect_dropped(self, _event: x.EffectExpired | x.EffectAbandoned) -> None:
        """Services open no effect."""
