"""What a company has set up: Centurions with their versions, and channel instances."""

from __future__ import annotations

from dataclasses import asdict

from domain.centurion import events as c
from domain.instance import events as i
from projections.engine.columns import Bool, Int, Json, Text, Time
from projections.engine.ops import Ops, change, put
from projections.engine.seen import Seen
from projections.engine.table import Table


class Centurions(Table):
    """version: the newest published one."""

    id: Text
    name: Text
    version: Int = 1
    paused: Bool = False
    created_at: Time
    updated_at: Time

    def CenturionCreated(self, e: Seen[c.CenturionCreated]) -> Ops:
        return put(e.event.centurion, name=e.event.settings.name, created_at=e.at, updated_at=e.at)

    def CenturionVersionPublished(self, e: Seen[c.CenturionVersionPublished]) -> Ops:
        return change(e.event.centurion, name=e.event.settings.name, version=e.event.number, updated_at=e.at)

    def CenturionPaused(self, e: Seen[c.CenturionPaused]) -> Ops:
        return change(e.event.centurion, paused=True, updated_at=e.at)

    def CenturionResumed(self, e: Seen[c.CenturionResumed]) -> Ops:
        return change(e.event.centurion, paused=False, updated_at=e.at)


class CenturionVersions(Table):
    """settings: `CenturionSettings` as JSON."""

    KEY = ("centurion_id", "number")

    centurion_id: Text
    number: Int
    settings: Json
    published_at: Time

    def CenturionCreated(self, e: Seen[c.CenturionCreated]) -> Ops:
        return put(e.event.centurion, 1, settings=asdict(e.event.settings), published_at=e.at)

    def CenturionVersionPublished(self, e: Seen[c.CenturionVersionPublished]) -> Ops:
        return put(e.event.centurion, e.event.number, settings=asdict(e.event.settings), published_at=e.at)


class Instances(Table):
    """status: the provider's last word on the connection; `unknown` before the first."""

    id: Text
    channel: Text
    provider: Text
    external_name: Text
    centurion_id: Text | None
    status: Text = "unknown"
    status_code: Text | None
    status_at: Time | None
    created_at: Time

    def InstanceCreated(self, e: Seen[i.InstanceCreated]) -> Ops:
        return put(
            e.event.instance,
            channel=e.event.channel,
            provider=e.event.provider,
            external_name=e.event.external_name,
            centurion_id=e.event.centurion,
            created_at=e.at,
        )

    def CenturionAssigned(self, e: Seen[i.CenturionAssigned]) -> Ops:
        return change(e.event.instance, centurion_id=e.event.centurion)

    def ConnectionChanged(self, e: Seen[i.ConnectionChanged]) -> Ops:
        return change(e.event.instance, status=e.event.status, status_code=e.event.code, status_at=e.at)
