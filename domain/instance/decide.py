"""Which channel instances a company has, who answers on them, and what the provider says of them."""

from __future__ import annotations

from domain.centurion.decide import known_centurion
from domain.instance import commands as ic
from domain.instance import events as i
from domain.instance.aggregate import Instance
from domain.instance.policies import label_fault, moves_gate, overtaken
from domain.kernel.company import check_company_journey
from domain.kernel.errors import Refused
from domain.kernel.items import KINDS
from domain.kernel.journey import Journey


def create_instance(journey: Journey, command: ic.CreateInstance) -> None:
    """Refused: wrong_journey, invalid_name, instance_exists, unknown_centurion."""
    check_company_journey(journey)
    fault = label_fault(channel=command.channel, provider=command.provider, external_name=command.external_name)
    if fault is not None:
        raise Refused("invalid_name", fault)
    instance = journey.get(Instance, command.instance)
    if instance.exists:
        raise Refused("instance_exists")
    if command.centurion is not None:
        known_centurion(journey, command.centurion)
    journey.record(
        instance,
        i.InstanceCreated,
        instance=command.instance,
        channel=command.channel,
        provider=command.provider,
        external_name=command.external_name,
        centurion=command.centurion,
    )


def assign_centurion(journey: Journey, command: ic.AssignCenturion) -> None:
    """Refused: wrong_journey, unknown_instance, centurion_unchanged, unknown_centurion."""
    instance = _known_instance(journey, command.instance)
    if instance.centurion == command.centurion:
        raise Refused("centurion_unchanged")
    if command.centurion is not None:
        known_centurion(journey, command.centurion)
    journey.record(instance, i.CenturionAssigned, instance=command.instance, centurion=command.centurion)


def report_instance_item(journey: Journey, command: ic.ReportInstanceItem) -> None:
    """Refused: wrong_journey, unknown_instance, unknown_kind, connection_unchanged, connection_not_newer."""
    instance = _known_instance(journey, command.instance)
    if command.kind not in KINDS:
        raise Refused("unknown_kind")
    if moves_gate(command):
        _change_connection(journey, instance, command)
        return
    journey.record(
        instance,
        i.InstanceItemRecorded,
        instance=command.instance,
        kind=command.kind,
        raw_kind=command.raw_kind,
        provider_id=command.provider_id,
        status=command.status,
        code=command.code,
        provider_at=command.provider_at,
    )


def _change_connection(journey: Journey, instance: Instance, command: ic.ReportInstanceItem) -> None:
    """Only on change, and never back in the provider's own time."""
    if (instance.status, instance.code) == (command.status, command.code):
        raise Refused("connection_unchanged")
    if overtaken(command.provider_at, instance.told_at):
        raise Refused("connection_not_newer")
    journey.record(
        instance,
        i.ConnectionChanged,
        instance=command.instance,
        status=command.status,
        code=command.code,
        provider_at=command.provider_at,
    )


def _known_instance(journey: Journey, id_: str) -> Instance:
    check_company_journey(journey)
    instance = journey.get(Instance, id_)
    if not instance.exists:
        raise Refused("unknown_instance")
    return instance
