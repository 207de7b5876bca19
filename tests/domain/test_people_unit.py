"""Who may log in, and who is a member of what."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from domain.access.matrix import Role
from domain.effect.kinds import EffectKind
from domain.kernel.actor import Permission
from domain.kernel.ids import HOLDING_TENANT, derived
from domain.people import events as p
from domain.people.commands import DisableUser
from domain.people.members import Members
from domain.people.policies import INVITED_FOR, MAX_MEMBERS
from tests.domain.spec import given, later, the
from tests.domain.staff import (
    ANA,
    ASK_AGAIN,
    BIA,
    COMPANY,
    DISABLE,
    ENABLE,
    ERASE,
    FORGOTTEN,
    MAILED,
    OWN_ROLE,
    RENAME,
    REVOKE,
    SUPER,
    TERMS,
    accept,
    acting,
    define_role,
    give,
    invitation,
    invite,
    member,
    remove,
)
from tests.domain.test_settings_unit import COMPANY_NEW, create_company


def test_who_is_invited_and_says_yes_is_a_member_with_a_login() -> None:
    spec = given(COMPANY).when(invite())
    issued = the(p.InvitationIssued, spec.then(p.InvitationIssued))
    assert issued.expires_at == spec.world.at + INVITED_FOR
    spec.when(accept()).then(p.EmailClaimed, p.UserRegistered, p.InvitationAccepted, p.MemberAdded)
    assert spec.world.stream(Members, COMPANY_NEW).roles == {BIA: "sdr"}


def test_who_has_a_login_already_only_becomes_a_member() -> None:
    other = derived("another company")
    spec = given(COMPANY, *member(), create_company(company=other, slug="other"), invite(company=other))
    spec.when(accept(company=other)).then(p.InvitationAccepted, p.MemberAdded)


@pytest.mark.parametrize(
    ("past", "code"),
    [
        ((), "unknown_invitation"),
        ((invite(), REVOKE), "invitation_over"),
        (member(), "invitation_over"),
        ((invite(), later(hours=48, seconds=1)), "invitation_expired"),
        ((invite(role=Role.VIEWER),), "not_as_offered"),
        ((invite(), invite(invitation=derived("second")), accept(invitation=derived("second"))), "already_member"),
    ],
)
def test_an_invitation_that_does_not_hold_makes_nobody_a_member(past: tuple[Any, ...], code: str) -> None:
    given(COMPANY, *past).when(accept()).refused(code)


def test_at_its_last_moment_an_invitation_still_holds() -> None:
    given(COMPANY, invite(), later(hours=48)).when(accept()).then(
        p.EmailClaimed, p.UserRegistered, p.InvitationAccepted, p.MemberAdded
    )


def test_an_invitation_is_its_companys() -> None:
    foreign = given(COMPANY, invite())
    foreign.when(accept(company=HOLDING_TENANT, invitation=invitation(BIA))).refused("unknown_invitation")
    given().when(invite()).refused("unknown_company")
    given(COMPANY, *member()).when(invite(invitation=derived("again"))).refused("already_member")
    given(COMPANY, invite()).when(invite()).refused("invitation_exists")


def test_an_invitation_is_mailed_once_and_may_be_asked_for_again_when_it_is_too_late() -> None:
    spec = given(COMPANY, invite())
    assert spec.world.rows.of(EffectKind.INVITE)
    spec.when(MAILED).then(p.InvitationMailed)
    assert not spec.world.rows.of(EffectKind.INVITE)
    spec.when(MAILED).refused("already_mailed")
    spec.when(ASK_AGAIN).refused("invitation_holds")
    late = given(COMPANY, invite(), later(hours=48, seconds=1))
    late.when(ASK_AGAIN).then(p.InvitationAskedAgain)
    late.when(ASK_AGAIN).refused("already_asked")
    given(COMPANY, invite(), REVOKE).when(MAILED).refused("invitation_over")
    given(COMPANY, invite(), REVOKE).when(ASK_AGAIN).refused("invitation_over")
    assert not given(COMPANY, invite(), REVOKE).world.rows.of(EffectKind.INVITE)


def test_a_user_is_erased_after_they_were_disabled() -> None:
    given(COMPANY, *member()).when(ERASE).refused("not_disabled")
    given(COMPANY).when(ERASE).refused("unknown_user")
    spec = given(COMPANY, *member(), DISABLE)
    spec.when(replace(ERASE, reason=" ")).refused("invalid_reason")
    spec.when(replace(ERASE, email_hash="another")).refused("wrong_email")
    spec.when(FORGOTTEN).refused("not_erased")
    spec.when(ERASE).then(p.EmailReleased, p.UserErased)
    for command in (ERASE, ENABLE, DISABLE):
        spec.when(command).refused("user_erased")
    assert spec.world.rows.of(EffectKind.FORGET_USER)
    spec.when(FORGOTTEN).then(p.UserForgotten)
    assert not spec.world.rows.of(EffectKind.FORGET_USER)
    spec.when(FORGOTTEN).refused("already_forgotten")


def test_the_address_of_who_was_erased_may_be_somebody_elses() -> None:
    anew = derived("bia, new here")
    spec = given(COMPANY, *member(), DISABLE, ERASE, invite(anew, email_hash=invite().email_hash))
    spec.when(accept(anew, email_hash=invite().email_hash)).then(
        p.EmailClaimed, p.UserRegistered, p.InvitationAccepted, p.MemberAdded
    )


def test_an_address_belongs_to_one_user() -> None:
    spec = given(COMPANY, *member()).when(invite(ANA, email_hash=invite().email_hash))
    spec.refused("email_taken")
    spec = given(COMPANY, invite(ANA, email_hash=invite().email_hash), *member())
    spec.when(accept(ANA, email_hash=invite().email_hash)).refused("email_taken")


def test_a_disabled_user_becomes_no_member_and_stays_what_they_were() -> None:
    spec = given(COMPANY, *member(), DISABLE).when(DISABLE)
    spec.refused("already_disabled")
    assert spec.world.stream(Members, COMPANY_NEW).roles == {BIA: "sdr"}
    spec.when(ENABLE).then(p.UserEnabled)
    spec.when(ENABLE).refused("not_disabled")
    spec = given(COMPANY, *member(company=HOLDING_TENANT, role=Role.AUDITOR), DISABLE, invite())
    spec.when(accept()).refused("user_disabled")


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_a_reason_is_given(reason: str) -> None:
    given(COMPANY, *member()).when(DisableUser(user=BIA, reason=reason)).refused("invalid_reason")


def test_one_super_admin_is_always_left() -> None:
    alone = given(*SUPER)
    alone.when(remove(ANA, Role.SUPER_ADMIN, HOLDING_TENANT)).refused("last_super_admin")
    alone.when(give(Role.AUDITOR, ANA, Role.SUPER_ADMIN, HOLDING_TENANT)).refused("last_super_admin")
    alone.when(DisableUser(user=ANA, reason="x")).refused("is_super_admin")
    two = given(*SUPER, *member(BIA, Role.SUPER_ADMIN, HOLDING_TENANT))
    two.when(remove(ANA, Role.SUPER_ADMIN, HOLDING_TENANT)).then(p.MemberRemoved)
    two.when(DisableUser(user=ANA, reason="x")).then(p.UserDisabled)
    two.when(remove(BIA, Role.SUPER_ADMIN, HOLDING_TENANT)).refused("last_super_admin")


def test_a_role_that_was_seen_differently_is_not_changed() -> None:
    spec = given(COMPANY, *member())
    spec.when(give(Role.MANAGER, before=Role.VIEWER)).refused("role_moved_on")
    spec.when(give(Role.SDR)).refused("role_unchanged")
    spec.when(give(Role.MANAGER, user=ANA)).refused("unknown_member")
    changed = the(p.MemberRoleChanged, spec.when(give(Role.MANAGER)).then(p.MemberRoleChanged))
    assert (changed.before, changed.role) == ("sdr", "manager")
    spec.when(remove()).refused("role_moved_on")
    spec.when(remove(role=Role.MANAGER)).then(p.MemberRemoved)


@pytest.mark.parametrize(
    ("role", "company"),
    [
        (Role.SUPER_ADMIN, COMPANY_NEW),
        (Role.BACKOFFICE_ADMIN, COMPANY_NEW),
        (Role.SDR, HOLDING_TENANT),
        ("owner", COMPANY_NEW),
        (OWN_ROLE, COMPANY_NEW),
        (OWN_ROLE, HOLDING_TENANT),
    ],
)
def test_a_role_is_given_only_where_it_is(role: str, company: str) -> None:
    given(COMPANY).when(invite(role=role, company=company)).refused("unknown_role")


def test_nobody_gives_or_takes_more_than_they_may_do() -> None:
    past = (COMPANY, *SUPER, *member(), define_role("lead:erase", "member:manage"))
    admin = given(*past)
    admin.world.actor = acting(Role.COMPANY_ADMIN)
    admin.when(give(Role.COMPANY_ADMIN)).then(p.MemberRoleChanged)
    admin.when(give(OWN_ROLE, before=Role.COMPANY_ADMIN)).then(p.MemberRoleChanged)
    admin.when(invite(ANA, Role.AUDITOR, HOLDING_TENANT, invitation=derived("up"))).refused("beyond_own_rights")
    admin.when(remove(ANA, Role.SUPER_ADMIN, HOLDING_TENANT)).refused("beyond_own_rights")
    few = given(*past)
    few.world.actor = acting(Role.VIEWER, ANA, Permission.MEMBER_MANAGE)
    few.when(give(Role.VIEWER)).refused("beyond_own_rights")  # what Bia has is more than theirs
    few.when(remove()).refused("beyond_own_rights")
    few.when(invite(ANA, Role.MANAGER)).refused("beyond_own_rights")
    few.when(invite(ANA, Role.VIEWER)).then(p.InvitationIssued)


def test_people_speak_for_themselves_only() -> None:
    spec = given(COMPANY, *member())
    spec.when(RENAME).refused("not_oneself")  # the bootstrap actor may do all, and is nobody
    spec.world.actor = acting(Role.SDR, BIA)
    spec.when(RENAME).then(p.UserRenamed)
    spec.when(RENAME).refused("name_unchanged")
    spec.when(TERMS).then(p.TermsAccepted)
    spec.when(TERMS).refused("already_accepted")
    spec.world.actor = acting(Role.SDR, ANA)
    spec.when(RENAME).refused("not_oneself")
    spec.world.actor = acting(Role.SDR, derived("never invited"))
    spec.when(replace(RENAME, user=derived("never invited"))).refused("unknown_user")


def test_a_companys_members_are_bounded() -> None:
    spec = given(COMPANY)
    members = spec.world.stream(Members, COMPANY_NEW)
    members.roles = {derived("member", n): "viewer" for n in range(MAX_MEMBERS)}
    spec.when(invite()).refused("too_many_members")
