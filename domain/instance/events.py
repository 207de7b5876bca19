"""Events of a channel instance (one number or account at a provider), in its company's journey."""

from __future__ import annotations

from datetime import datetime

from domain.kernel.event import Event, event


@event("InstanceCreated", stream="instance")
class InstanceCreated(Event):
    """A channel instance exists. external_name: its name at the provider. centurion: who answers on it, if anyone."""

    instance: str
    channel: str
    provider: str
    external_name: str
    centurion: str | None


@event("CenturionAssigned", stream="instance")
class CenturionAssigned(Event):
    """Another Centurion (or none) answers on the instance from now on."""

    instance: str
    centurion: str | None


@event("ConnectionChanged", stream="instance")
class ConnectionChanged(Event):
    """The provider's word on the connection: open, connecting, close or refused. A gate for sending."""

    instance: str
    status: str
    code: str | None
    provider_at: datetime | None


@event("InstanceItemRecorded", stream="instance")
class InstanceItemRecorded(Event):
    """The provider said something about the instance and no person: QR code, account, template, group, label, …

    Only its kind and the provider's words for kind and status are kept: the rest may be personal or secret.
    """

    instance: str
    kind: str
    raw_kind: str | None
    provider_id: str | None
    status: str | None
    code: str | None
    provider_at: datetime | None
