"""Users, what they are members of, invitations, and the roles that companies made for themselves."""

from __future__ import annotations

from domain.access import events as a
from domain.kernel.sealed import EmailValue, UserName
from domain.people import events as p
from projections.engine.columns import Bool, Json, Text, Time, Words
from projections.engine.ops import Ops, change, put, remove, upsert
from projections.engine.seen import Seen
from projections.engine.table import Table


class Users(Table):
    """Of the holding; also whoever is only invited: registered_at is NULL then. terms: the newest version that they
    accepted."""

    INDEXES = ("(email_hash)",)
    ERASED_BY = p.UserErased.TOPIC

    id: Text
    email_hash: Text = ""
    email: Words
    name: Words
    terms: Text = ""
    disabled: Bool = False
    erased: Bool = False
    registered_at: Time | None

    def InvitationIssued(self, e: Seen[p.InvitationIssued]) -> Ops:
        of = e.event
        return upsert(of.user, email_hash=of.email_hash, email=e.text(EmailValue, of.email))

    def UserRegistered(self, e: Seen[p.UserRegistered]) -> Ops:
        of = e.event
        name = e.text(UserName, of.name)
        return upsert(of.user, name=name, terms=of.terms, registered_at=e.at)

    def UserRenamed(self, e: Seen[p.UserRenamed]) -> Ops:
        return upsert(e.event.user, name=e.text(UserName, e.event.name))

    def TermsAccepted(self, e: Seen[p.TermsAccepted]) -> Ops:
        return upsert(e.event.user, terms=e.event.terms)

    def UserDisabled(self, e: Seen[p.UserDisabled]) -> Ops:
        return upsert(e.event.user, disabled=True)

    def UserEnabled(self, e: Seen[p.UserEnabled]) -> Ops:
        return upsert(e.event.user, disabled=False)

    def UserErased(self, e: Seen[p.UserErased]) -> Ops:
        return upsert(e.event.user, email=None, name=None, erased=True)


class Members(Table):
    """A row belongs to the company, though its events are the holding's; under the holding's tenant, to the holding."""

    KEY = ("user_id",)
    INDEXES = ("(user_id)",)

    user_id: Text
    role: Text
    since: Time

    def MemberAdded(self, e: Seen[p.MemberAdded]) -> Ops:
        return put(e.event.user, company=e.event.company, role=e.event.role, since=e.at)

    def MemberRoleChanged(self, e: Seen[p.MemberRoleChanged]) -> Ops:
        return change(e.event.user, company=e.event.company, role=e.event.role)

    def MemberRemoved(self, e: Seen[p.MemberRemoved]) -> Ops:
        return remove(e.event.user, company=e.event.company)


class FormerMembers(Table):
    """Who was a member of the company and is none now. since: when they ceased to be."""

    KEY = ("user_id",)

    user_id: Text
    since: Time

    def MemberRemoved(self, e: Seen[p.MemberRemoved]) -> Ops:
        return put(e.event.user, company=e.event.company, since=e.at)

    def MemberAdded(self, e: Seen[p.MemberAdded]) -> Ops:
        return remove(e.event.user, company=e.event.company)


class Invitations(Table):
    """state: open, accepted, revoked; open ones are over by themselves at expires_at. asked_again: by who came too
    late."""

    id: Text
    user_id: Text
    role: Text
    state: Text
    issued_at: Time
    expires_at: Time
    mailed_at: Time | None
    asked_again: Bool = False

    def InvitationIssued(self, e: Seen[p.InvitationIssued]) -> Ops:
        of = e.event
        return put(
            of.invitation,
            company=of.company,
            user_id=of.user,
            role=of.role,
            state="open",
            issued_at=e.at,
            expires_at=of.expires_at,
        )

    def InvitationMailed(self, e: Seen[p.InvitationMailed]) -> Ops:
        return change(e.event.invitation, company=e.event.company, mailed_at=e.at)

    def InvitationAskedAgain(self, e: Seen[p.InvitationAskedAgain]) -> Ops:
        return change(e.event.invitation, company=e.event.company, asked_again=True)

    def InvitationAccepted(self, e: Seen[p.InvitationAccepted]) -> Ops:
        return change(e.event.invitation, company=e.event.company, state="accepted")

    def InvitationRevoked(self, e: Seen[p.InvitationRevoked]) -> Ops:
        return change(e.event.invitation, company=e.event.company, state="revoked")


class Roles(Table):
    """A company's own. permissions: JSON list of `resource:verb`, sorted."""

    id: Text
    name: Text
    permissions: Json
    retired: Bool = False

    def RoleDefined(self, e: Seen[a.RoleDefined]) -> Ops:
        of = e.event
        return put(of.role, company=of.company, name=of.name, permissions=list(of.permissions))

    def RoleChanged(self, e: Seen[a.RoleChanged]) -> Ops:
        of = e.event
        return change(of.role, company=of.company, name=of.name, permissions=list(of.permissions))

    def RoleRetired(self, e: Seen[a.RoleRetired]) -> Ops:
        return change(e.event.role, company=e.event.company, retired=True)
