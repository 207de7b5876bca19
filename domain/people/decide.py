"""Who may log in, and who is a member of what."""

from __future__ import annotations

from domain.access.given import check_given, permissions_of
from domain.access.matrix import Role
from domain.holding.decide import known_company
from domain.kernel.actor import ActorKind
from domain.kernel.errors import Refused
from domain.kernel.ids import HOLDING_TENANT
from domain.kernel.journey import Journey
from domain.people import commands as pc
from domain.people import events as p
from domain.people.invitation import Invitation
from domain.people.members import Members
from domain.people.policies import INVITED_FOR, MAX_MEMBERS, MAX_REASON
from domain.people.user import Email, User
from domain.team.decide import leave_teams


def invite_member(journey: Journey, command: pc.InviteMember) -> None:
    """Refused: unknown_company, unknown_role, beyond_own_rights, invitation_exists, already_member, too_many_members,
    email_taken.
    """
    if command.company != HOLDING_TENANT:
        known_company(journey, command.company)
    check_given(journey, command.role, command.company)
    invitation, members = journey.get(Invitation, command.invitation), journey.get(Members, command.company)
    if invitation.exists:
        raise Refused("invitation_exists")
    if command.user in members.roles:
        raise Refused("already_member")
    if len(members.roles) >= MAX_MEMBERS:
        raise Refused("too_many_members")
    if journey.get(Email, command.email_hash).user not in (None, command.user):
        raise Refused("email_taken")
    journey.record(
        invitation,
        p.InvitationIssued,
        invitation=command.invitation,
        company=command.company,
        user=command.user,
        role=command.role,
        email=command.email,
        email_hash=command.email_hash,
        expires_at=journey.at + INVITED_FOR,
    )


def record_invitation_mailed(journey: Journey, command: pc.RecordInvitationMailed) -> None:
    """Refused: unknown_invitation, invitation_over, already_mailed."""
    invitation = _open_invitation(journey, command.invitation, command.company)
    if not invitation.mailing:
        raise Refused("already_mailed")
    journey.record(invitation, p.InvitationMailed, invitation=invitation.key, company=command.company)


def ask_invitation_again(journey: Journey, command: pc.AskInvitationAgain) -> None:
    """Refused: unknown_invitation, invitation_over, invitation_holds, already_asked."""
    invitation = _open_invitation(journey, command.invitation, command.company)
    if not _is_late(journey, invitation):
        raise Refused("invitation_holds")
    if invitation.asked_again:
        raise Refused("already_asked")
    journey.record(invitation, p.InvitationAskedAgain, invitation=invitation.key, company=command.company)


def revoke_invitation(journey: Journey, command: pc.RevokeInvitation) -> None:
    """Refused: unknown_invitation, invitation_over."""
    invitation = _open_invitation(journey, command.invitation, command.company)
    journey.record(invitation, p.InvitationRevoked, invitation=invitation.key, company=command.company)


def accept_invitation(journey: Journey, command: pc.AcceptInvitation) -> None:
    """Makes the user where there is none yet, and the member. That the role may be given was decided when it was
    offered; it may have been retired since.

    Refused: unknown_invitation, invitation_over, invitation_expired, not_as_offered, email_taken, user_disabled,
    already_member, unknown_role.
    """
    invitation = _open_invitation(journey, command.invitation, command.company)
    if _is_late(journey, invitation):
        raise Refused("invitation_expired")
    if (command.user, command.role, command.email_hash) != (invitation.user, invitation.role, invitation.email_hash):
        raise Refused("not_as_offered")
    user, email = journey.get(User, command.user), journey.get(Email, command.email_hash)
    members = journey.get(Members, command.company)
    if email.user not in (None, command.user):
        raise Refused("email_taken")
    if user.disabled:
        raise Refused("user_disabled")
    if command.user in members.roles:
        raise Refused("already_member")
    permissions_of(journey, command.role, command.company)
    if email.user is None:
        journey.record(email, p.EmailClaimed, email_hash=command.email_hash, user=command.user)
    if not user.registered:
        journey.record(
            user,
            p.UserRegistered,
            user=command.user,
            email=command.email,
            email_hash=command.email_hash,
            name=command.name,
            name_digest=command.name_digest,
            terms=command.terms,
        )
    journey.record(
        invitation, p.InvitationAccepted, invitation=invitation.key, company=command.company, user=command.user
    )
    journey.record(members, p.MemberAdded, company=command.company, user=command.user, role=command.role)


def rename_user(journey: Journey, command: pc.RenameUser) -> None:
    """Refused: not_oneself, unknown_user, name_unchanged."""
    user = _oneself(journey, command.user)
    if command.name_digest == user.name_digest:
        raise Refused("name_unchanged")
    journey.record(user, p.UserRenamed, user=command.user, name=command.name, name_digest=command.name_digest)


def accept_terms(journey: Journey, command: pc.AcceptTerms) -> None:
    """Refused: not_oneself, unknown_user, already_accepted."""
    user = _oneself(journey, command.user)
    if user.terms == command.terms:
        raise Refused("already_accepted")
    journey.record(user, p.TermsAccepted, user=command.user, terms=command.terms)


def disable_user(journey: Journey, command: pc.DisableUser) -> None:
    """Who is super_admin is first made something else: so one who may log in is always left.

    Refused: unknown_user, invalid_reason, already_disabled, is_super_admin.
    """
    user = _known_user(journey, command.user)
    if not command.reason.strip() or len(command.reason) > MAX_REASON:
        raise Refused("invalid_reason")
    if user.disabled:
        raise Refused("already_disabled")
    if journey.get(Members, HOLDING_TENANT).roles.get(command.user) == Role.SUPER_ADMIN:
        raise Refused("is_super_admin")
    journey.record(user, p.UserDisabled, user=command.user, reason=command.reason.strip())


def erase_user(journey: Journey, command: pc.EraseUser) -> None:
    """Who is disabled first: then no session is left, and nobody erases who runs the holding.

    Refused: unknown_user, user_erased, invalid_reason, not_disabled, wrong_email.
    """
    user, email = _known_user(journey, command.user), journey.get(Email, command.email_hash)
    if not command.reason.strip() or len(command.reason) > MAX_REASON:
        raise Refused("invalid_reason")
    if not user.disabled:
        raise Refused("not_disabled")
    if email.user != command.user:
        raise Refused("wrong_email")
    journey.record(email, p.EmailReleased, email_hash=command.email_hash, user=command.user)
    journey.record(user, p.UserErased, user=command.user, email_hash=command.email_hash, reason=command.reason.strip())


def confirm_user_forgotten(journey: Journey, command: pc.ConfirmUserForgotten) -> None:
    """Refused: not_erased, already_forgotten."""
    user = journey.get(User, command.user)
    if not user.erased:
        raise Refused("not_erased")
    if not user.forgetting:
        raise Refused("already_forgotten")
    journey.record(user, p.UserForgotten, user=command.user)


def enable_user(journey: Journey, command: pc.EnableUser) -> None:
    """Refused: unknown_user, user_erased, not_disabled."""
    user = _known_user(journey, command.user)
    if not user.disabled:
        raise Refused("not_disabled")
    journey.record(user, p.UserEnabled, user=command.user)


def change_member_role(journey: Journey, command: pc.ChangeMemberRole) -> None:
    """Refused: unknown_member, role_moved_on, unknown_role, beyond_own_rights, role_unchanged, last_super_admin."""
    members = _members_with(journey, command.company, command.user, command.before)
    check_given(journey, command.role, command.company)
    if command.before == command.role:
        raise Refused("role_unchanged")
    journey.record(
        members,
        p.MemberRoleChanged,
        company=command.company,
        user=command.user,
        role=command.role,
        before=command.before,
    )


def remove_member(journey: Journey, command: pc.RemoveMember) -> None:
    """With their seats in teams.

    Refused: unknown_member, role_moved_on, beyond_own_rights, last_super_admin.
    """
    members = _members_with(journey, command.company, command.user, command.role)
    leave_teams(journey, command.company, command.user)
    journey.record(members, p.MemberRemoved, company=command.company, user=command.user, role=command.role)


def _members_with(journey: Journey, company: str, user: str, role: str) -> Members:
    """The user has that role, and the actor may take it away: nobody takes from people what they may not do
    themselves. Refused: unknown_member, role_moved_on, beyond_own_rights, last_super_admin."""
    members = journey.get(Members, company)
    if user not in members.roles:
        raise Refused("unknown_member")
    if members.roles[user] != role:
        raise Refused("role_moved_on")
    check_given(journey, role, company)
    if role == Role.SUPER_ADMIN and list(members.roles.values()).count(role) == 1:
        raise Refused("last_super_admin")
    return members


def _open_invitation(journey: Journey, invitation_id: str, company: str) -> Invitation:
    """Refused: unknown_invitation, also for another company's, invitation_over."""
    invitation = journey.get(Invitation, invitation_id)
    if not invitation.exists or invitation.company != company:
        raise Refused("unknown_invitation")
    if not invitation.open:
        raise Refused("invitation_over")
    return invitation


def _is_late(journey: Journey, invitation: Invitation) -> bool:
    return invitation.expires_at is None or journey.at > invitation.expires_at


def _known_user(journey: Journey, user_id: str) -> User:
    """Refused: unknown_user, user_erased."""
    user = journey.get(User, user_id)
    if not user.registered:
        raise Refused("unknown_user")
    if user.erased:
        raise Refused("user_erased")
    return user


def _oneself(journey: Journey, user_id: str) -> User:
    """Refused: not_oneself, unknown_user."""
    actor = journey.context.actor
    if (actor.kind, actor.id) != (ActorKind.USER, user_id):
        raise Refused("not_oneself")
    return _known_user(journey, user_id)
