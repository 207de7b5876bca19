"""Events of what a company sells, in its own journey. Deals keep the price that they were offered at."""

from __future__ import annotations

from domain.kernel.event import Event, event


@event("ServiceAdded", stream="services")
class ServiceAdded(Event):
    """The company sells one thing more. price: of one, in the currency's smallest unit. currency: ISO 4217."""

    service: str
    name: str
    price: int
    currency: str


@event("ServiceChanged", stream="services")
class ServiceChanged(Event):
    """All of it as it is from now on. price: of one, in the currency's smallest unit. currency: ISO 4217."""

    service: str
    name: str
    price: int
    currency: str


@event("ServiceRetired", stream="services")
class ServiceRetired(Event):
    """For good; its name is free again."""

    service: str
