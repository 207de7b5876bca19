"""Events of people: users, what they are members of, and invitations. All in the holding's journey.

Logins, sessions, passwords, second factors and tokens are never in the log: they are the vault's (design §7).
"""

from __future__ import annotations

from datetime import datetime

from domain.kernel.event import Event, event
from domain.kernel.sealed import EmailValue, UserName


@event("InvitationIssued", stream="invitation")
class InvitationIssued(Event):
    """Somebody is asked to become a member. user: who they are or will be, by their e-mail. role: as in `MemberAdded`.

    email_hash: keyed, the vault's. expires_at: 48 hours later by the log's clock.
    """

    invitation: str
    company: str
    user: str
    role: str
    email: EmailValue
    email_hash: str
    expires_at: datetime


@event("InvitationMailed", stream="invitation")
class InvitationMailed(Event):
    """A mail with its link was taken by the mail server."""

    invitation: str
    company: str


@event("InvitationAskedAgain", stream="invitation")
class InvitationAskedAgain(Event):
    """Who was asked came too late, and would like another one."""

    invitation: str
    company: str


@event("InvitationRevoked", stream="invitation")
class InvitationRevoked(Event):
    """It is not to be accepted any more."""

    invitation: str
    company: str


@event("InvitationAccepted", stream="invitation")
class InvitationAccepted(Event):
    """Who was asked has said yes; only this makes them a member."""

    invitation: str
    company: str
    user: str


@event("EmailClaimed", stream="email")
class EmailClaimed(Event):
    """An e-mail address belongs to a user, in the commit that needs it."""

    email_hash: str
    user: str


@event("EmailReleased", stream="email")
class EmailReleased(Event):
    """Whose address it was has been forgotten; it may be claimed by somebody new."""

    email_hash: str
    user: str


@event("UserRegistered", stream="user")
class UserRegistered(Event):
    """A person with a login of their own. name_digest: keyed. terms: version of the terms that they accepted."""

    user: str
    email: EmailValue
    email_hash: str
    name: UserName
    name_digest: str
    terms: str


@event("UserRenamed", stream="user")
class UserRenamed(Event):
    """Another name to be shown."""

    user: str
    name: UserName
    name_digest: str


@event("TermsAccepted", stream="user")
class TermsAccepted(Event):
    """A newer version of the terms."""

    user: str
    terms: str


@event("UserDisabled", stream="user")
class UserDisabled(Event):
    """No login, in no company; what they are a member of stays."""

    user: str
    reason: str


@event("UserEnabled", stream="user")
class UserEnabled(Event):
    """May log in again."""

    user: str


@event("UserErased", stream="user")
class UserErased(Event):
    """The person is to be forgotten: name and address go from the tables, then their key. Roles that they had stay in
    the history of their companies, without a name."""

    user: str
    email_hash: str
    reason: str


@event("UserForgotten", stream="user")
class UserForgotten(Event):
    """Their key is destroyed, and what the vault kept of their login."""

    user: str


@event("MemberAdded", stream="members")
class MemberAdded(Event):
    """company: or the holding's reserved tenant, whose roles count everywhere. role: a built-in's name, or the UUID of
    one of the company's own."""

    company: str
    user: str
    role: str


@event("MemberRoleChanged", stream="members")
class MemberRoleChanged(Event):
    """before: the role that they had."""

    company: str
    user: str
    role: str
    before: str


@event("MemberRemoved", stream="members")
class MemberRemoved(Event):
    """role: the one that they had."""

    company: str
    user: str
    role: str
