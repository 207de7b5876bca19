"""What auditors look at first: who did what to accounts, roles and companies, what failed, who read whose data."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import orjson

from domain.access import events as a
from domain.holding import events as h
from domain.kernel.event import Event
from domain.lead import events as ld
from domain.people import events as p
from domain.security import events as s
from projections.engine.columns import Int, Json, Text, Time
from projections.engine.ops import Op, Ops, put
from projections.engine.seen import Seen
from projections.engine.table import Table

READ = "personal_data_read"


class SecurityEvents(Table):
    """id: of the event, with a number where it tells of many. kind: an `Act`, a `Failure`, `READ` or what an event of
    people, roles and companies says. actor_kind, actor: who did it.

    user_id: whose account or membership. about: session, key, invitation, role or lead. resource: what was read.
    changes: list of {field, before, after}. network: of what failed. count: how often, from `since` until `at`.
    """

    INDEXES = ("(company_id, at, id)", "(company_id, user_id, at, id) where user_id is not null")

    id: Text
    at: Time
    kind: Text
    actor_kind: Text
    actor: Text
    user_id: Text | None
    about: Text | None
    resource: Text | None
    changes: Json
    network: Text | None
    count: Int = 1
    since: Time | None

    def AccountActed(self, e: Seen[s.AccountActed]) -> Ops:
        of = e.event
        changes = [asdict(each) for each in of.changes]
        return _row(e, of.act, of.company, user_id=of.user, about=of.about, changes=changes)

    def FailuresSummarised(self, e: Seen[s.FailuresSummarised]) -> Ops:
        of = e.event
        return tuple(
            _row(
                e,
                each.failure,
                of.company,
                n,
                at=of.until,
                about=each.account or None,
                network=each.network or None,
                count=each.count,
                since=of.since,
            )
            for n, each in enumerate(of.failures)
        )

    def PersonalDataRead(self, e: Seen[s.PersonalDataRead]) -> Ops:
        of = e.event
        return tuple(
            _row(
                e,
                READ,
                of.company,
                n,
                at=of.until,
                actor=of.reader,
                actor_kind=of.reader_kind,
                resource=of.what,
                about=each.subject,
                count=each.count,
                since=of.since,
            )
            for n, each in enumerate(of.subjects)
        )

    def InvitationIssued(self, e: Seen[p.InvitationIssued]) -> Ops:
        return _of_invitation(e, "member_invited", user_id=e.event.user, changes=_change("role", None, e.event.role))

    def InvitationRevoked(self, e: Seen[p.InvitationRevoked]) -> Ops:
        return _of_invitation(e, "invitation_revoked")

    def MemberAdded(self, e: Seen[p.MemberAdded]) -> Ops:
        return _of_member(e, "member_added", None, e.event.role)

    def MemberRoleChanged(self, e: Seen[p.MemberRoleChanged]) -> Ops:
        return _of_member(e, "member_role_changed", e.event.before, e.event.role)

    def MemberRemoved(self, e: Seen[p.MemberRemoved]) -> Ops:
        return _of_member(e, "member_removed", e.event.role, None)

    def RoleDefined(self, e: Seen[a.RoleDefined]) -> Ops:
        of = e.event
        return _row(e, "role_defined", of.company, about=of.role, changes=_permissions(of.permissions, ()))

    def RoleChanged(self, e: Seen[a.RoleChanged]) -> Ops:
        of = e.event
        return _row(e, "role_changed", of.company, about=of.role, changes=_permissions(of.added, of.removed))

    def RoleRetired(self, e: Seen[a.RoleRetired]) -> Ops:
        return _row(e, "role_retired", e.event.company, about=e.event.role)

    def UserDisabled(self, e: Seen[p.UserDisabled]) -> Ops:
        return _row(e, "user_disabled", None, user_id=e.event.user)

    def UserEnabled(self, e: Seen[p.UserEnabled]) -> Ops:
        return _row(e, "user_enabled", None, user_id=e.event.user)

    def UserErased(self, e: Seen[p.UserErased]) -> Ops:
        return _row(e, "user_erased", None, user_id=e.event.user)

    def CompanySuspended(self, e: Seen[h.CompanySuspended]) -> Ops:
        return _row(e, "company_suspended", e.event.company)

    def CompanyReactivated(self, e: Seen[h.CompanyReactivated]) -> Ops:
        return _row(e, "company_reactivated", e.event.company)

    def CompanyArchived(self, e: Seen[h.CompanyArchived]) -> Ops:
        return _row(e, "company_archived", e.event.company)

    def CompanySettingsChanged(self, e: Seen[h.CompanySettingsChanged]) -> Ops:
        before, after = asdict(e.event.before), asdict(e.event.settings)
        differ = [name for name in sorted(after) if before[name] != after[name]]
        changes = [change for name in differ for change in _change(name, _said(before[name]), _said(after[name]))]
        return _row(e, "company_settings_changed", e.event.company, changes=changes)

    def LeadErased(self, e: Seen[ld.LeadErased]) -> Ops:
        return _row(e, "lead_erased", None, about=e.event.lead)


def _of_member(
    e: Seen[p.MemberAdded] | Seen[p.MemberRoleChanged] | Seen[p.MemberRemoved],
    kind: str,
    before: str | None,
    after: str | None,
) -> Op:
    return _row(e, kind, e.event.company, user_id=e.event.user, changes=_change("role", before, after))


def _of_invitation(e: Seen[p.InvitationIssued] | Seen[p.InvitationRevoked], kind: str, **columns: Any) -> Op:
    return _row(e, kind, e.event.company, about=e.event.invitation, **columns)


def _row(e: Seen[Event], kind: str, company: str | None, number: int | None = None, **columns: Any) -> Op:
    """company: whose auditors see it; None: those of the event's tenant. number: of a row of several."""
    id_ = e.meta.event_id if number is None else f"{e.meta.event_id}.{number:03}"
    actor = {"actor_kind": e.meta.actor.kind.value, "actor": e.meta.actor.id}
    return put(id_, company=company, kind=str(kind), **({"at": e.at, "changes": []} | actor | columns))


def _change(field: str, before: str | None, after: str | None) -> list[dict[str, str | None]]:
    return [{"field": field, "before": before, "after": after}]


def _permissions(added: tuple[str, ...], removed: tuple[str, ...]) -> list[dict[str, str | None]]:
    return [
        *(change for each in added for change in _change("permission", None, each)),
        *(change for each in removed for change in _change("permission", each, None)),
    ]


def _said(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
