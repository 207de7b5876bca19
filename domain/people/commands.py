"""Commands to people's streams."""

from __future__ import annotations

from domain.kernel.actor import Permission
from domain.kernel.command import Command, command
from domain.kernel.sealed import EmailValue, UserName


@command("InviteMember", needs=Permission.MEMBER_MANAGE)
class InviteMember(Command):
    """invitation: a fresh UUID. user, email_hash: the vault's, of the e-mail. role: as in `MemberAdded`."""

    invitation: str
    company: str
    user: str
    role: str
    email: EmailValue
    email_hash: str


@command("RecordInvitationMailed", needs=Permission.INVITATION_MAIL)
class RecordInvitationMailed(Command):
    """The effect `invite` is done."""

    invitation: str
    company: str


@command("AskInvitationAgain", needs=Permission.INVITATION_ACCEPT)
class AskInvitationAgain(Command):
    """By who holds its token, when it is too old."""

    invitation: str
    company: str


@command("RevokeInvitation", needs=Permission.MEMBER_MANAGE)
class RevokeInvitation(Command):
    """Before it is accepted."""

    invitation: str
    company: str


@command("AcceptInvitation", needs=Permission.INVITATION_ACCEPT)
class AcceptInvitation(Command):
    """By who holds its token: the vault has used it up. user, role, email_hash: as offered. name, terms: of a person
    who has no login yet."""

    invitation: str
    company: str
    user: str
    role: str
    email: EmailValue
    email_hash: str
    name: UserName
    name_digest: str
    terms: str


@command("RenameUser", needs=Permission.USER_SELF)
class RenameUser(Command):
    """By themselves."""

    user: str
    name: UserName
    name_digest: str


@command("AcceptTerms", needs=Permission.USER_SELF)
class AcceptTerms(Command):
    """By themselves. terms: the version."""

    user: str
    terms: str


@command("DisableUser", needs=Permission.USER_MANAGE)
class DisableUser(Command):
    """Everywhere, at once: the vault's deny row comes before it."""

    user: str
    reason: str


@command("EnableUser", needs=Permission.USER_MANAGE)
class EnableUser(Command):
    """The deny row goes when this is projected."""

    user: str


@command("EraseUser", needs=Permission.USER_MANAGE)
class EraseUser(Command):
    """Of a user who is disabled: the vault has let go of the address."""

    user: str
    email_hash: str
    reason: str


@command("ConfirmUserForgotten", needs=Permission.USER_FORGET)
class ConfirmUserForgotten(Command):
    """The effect `forget_user` is done."""

    user: str


@command("ChangeMemberRole", needs=Permission.MEMBER_MANAGE)
class ChangeMemberRole(Command):
    """role: as in `MemberAdded`. before: the role that they are seen to have; refused when that is not so any more."""

    company: str
    user: str
    role: str
    before: str


@command("RemoveMember", needs=Permission.MEMBER_MANAGE)
class RemoveMember(Command):
    """Of the company, or of the holding. role: the one that they are seen to have."""

    company: str
    user: str
    role: str
