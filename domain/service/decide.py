"""What a company sells."""

from __future__ import annotations

from dataclasses import asdict

from domain.kernel.errors import Refused
from domain.kernel.journey import Journey
from domain.service import commands as sc
from domain.service import events as e
from domain.service.aggregate import Service, Services
from domain.service.policies import MAX_SERVICES, check


def add_service(journey: Journey, command: sc.AddService) -> None:
    """Refused: service_exists, invalid_name, invalid_price, unknown_currency, name_taken, too_many_services."""
    services = journey.get(Services, command.company)
    if command.service in services.services or command.service in services.retired:
        raise Refused("service_exists")
    wanted = _wanted(services, command)
    if len(services.services) >= MAX_SERVICES:
        raise Refused("too_many_services")
    journey.record(services, e.ServiceAdded, service=command.service, **asdict(wanted))


def change_service(journey: Journey, command: sc.ChangeService) -> None:
    """Refused: unknown_service, invalid_name, invalid_price, unknown_currency, name_taken, service_unchanged."""
    services = _knowing(journey, command.service, command.company)
    wanted = _wanted(services, command)
    if wanted == services.services[command.service]:
        raise Refused("service_unchanged")
    journey.record(services, e.ServiceChanged, service=command.service, **asdict(wanted))


def retire_service(journey: Journey, command: sc.RetireService) -> None:
    """Refused: unknown_service."""
    services = _knowing(journey, command.service, command.company)
    journey.record(services, e.ServiceRetired, service=command.service)


def _knowing(journey: Journey, service: str, company: str) -> Services:
    """Refused: unknown_service, also for another company's and a retired one."""
    services = journey.get(Services, company)
    if service not in services.services:
        raise Refused("unknown_service")
    return services


def _wanted(services: Services, command: sc.AddService | sc.ChangeService) -> Service:
    """Without spaces around its name. Refused: invalid_name, invalid_price, unknown_currency, name_taken."""
    wanted = Service(command.name.strip(), command.price, command.currency)
    check(wanted)
    for id_, other in services.services.items():
        if id_ != command.service and other.name.casefold() == wanted.name.casefold():
            raise Refused("name_taken", "name")
    return wanted
