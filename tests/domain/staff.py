"""People, roles and invitations as tests tell of them."""

from __future__ import annotations

from typing import Any

from domain.access import commands as ac
from domain.access.matrix import EVERYBODY, GRANTS, Role
from domain.kernel.actor import Actor, ActorKind, Permission
from domain.kernel.ids import HOLDING_TENANT, derived
from domain.kernel.sealed import Sealed
from domain.people import commands as pc
from domain.team import commands as tc
from proof.ground.histories import Keys
from tests.domain.test_settings_unit import COMPANY_NEW, create_company
from vault.sealing import seal

ANA, BIA = derived("ana"), derived("bia")
OWN_ROLE = derived("a role of the company's own")
READS = ("conversation:read", "lead:read")


def acting(role: Role, user: str = ANA, *more: Permission) -> Actor:
    """As the edge makes them: what the role allows, and what everybody may."""
    return Actor(kind=ActorKind.USER, id=user, session="s", grant=GRANTS[role] | EVERYBODY | set(more))


NAMES = {ANA: "Ana Prado", BIA: "Bia Luz"}


def subject(user: str) -> str:
    return f"user/{user}"


def address(user: str) -> str:
    return f"{user[:8]}@example.org"


def sealed(user: str, label: str, words: str) -> Sealed:
    """Under the key that the vault of `histories.Log` has for the user."""
    key = Keys().of(HOLDING_TENANT, subject(user))
    return seal(key, HOLDING_TENANT, subject(user), label, words.encode(), nonce=bytes(12))


def email_hash(user: str) -> str:
    return f"hash-{user[:8]}"


def invitation(user: str, company: str = COMPANY_NEW) -> str:
    return derived("invitation", user, company)


def invite(user: str = BIA, role: str = Role.SDR, company: str = COMPANY_NEW, **changed: Any) -> pc.InviteMember:
    fields = {"invitation": invitation(user, company), "company": company, "user": user, "role": str(role)}
    more = {"email": sealed(user, "user.email", address(user)), "email_hash": email_hash(user)}
    return pc.InviteMember(**{**fields, **more, **changed})


def accept(user: str = BIA, role: str = Role.SDR, company: str = COMPANY_NEW, **changed: Any) -> pc.AcceptInvitation:
    fields = {"invitation": invitation(user, company), "company": company, "user": user, "role": str(role)}
    more = {
        "email": sealed(user, "user.email", address(user)),
        "email_hash": email_hash(user),
        "name": sealed(user, "user.name", NAMES[user]) if user in NAMES else Sealed(b"n"),
        "name_digest": "d",
        "terms": "1",
    }
    return pc.AcceptInvitation(**{**fields, **more, **changed})


def member(user: str = BIA, role: str = Role.SDR, company: str = COMPANY_NEW) -> tuple[Any, ...]:
    return invite(user, role, company), accept(user, role, company)


def define_role(*permissions: str, **changed: Any) -> ac.DefineRole:
    fields = {"role": OWN_ROLE, "company": COMPANY_NEW, "name": "Reader", "permissions": permissions or READS}
    return ac.DefineRole(**{**fields, **changed})


def change_role(*permissions: str, **changed: Any) -> ac.ChangeRole:
    fields = {"role": OWN_ROLE, "company": COMPANY_NEW, "name": "Reader", "permissions": permissions or READS}
    return ac.ChangeRole(**{**fields, **changed})


def give(role: str, user: str = BIA, before: str = Role.SDR, company: str = COMPANY_NEW) -> pc.ChangeMemberRole:
    return pc.ChangeMemberRole(company=company, user=user, role=str(role), before=str(before))


def remove(user: str = BIA, role: str = Role.SDR, company: str = COMPANY_NEW) -> pc.RemoveMember:
    return pc.RemoveMember(company=company, user=user, role=str(role))


RETIRE = ac.RetireRole(role=OWN_ROLE, company=COMPANY_NEW)
REVOKE = pc.RevokeInvitation(invitation=invitation(BIA), company=COMPANY_NEW)
RENAME = pc.RenameUser(user=BIA, name=sealed(BIA, "user.name", "Bia Sol"), name_digest="d2")
TERMS = pc.AcceptTerms(user=BIA, terms="2")
DISABLE = pc.DisableUser(user=BIA, reason="left")
MAILED = pc.RecordInvitationMailed(invitation=invitation(BIA), company=COMPANY_NEW)
ASK_AGAIN = pc.AskInvitationAgain(invitation=invitation(BIA), company=COMPANY_NEW)
ERASE = pc.EraseUser(user=BIA, email_hash=email_hash(BIA), reason="asked to be forgotten")
FORGOTTEN = pc.ConfirmUserForgotten(user=BIA)
ENABLE = pc.EnableUser(user=BIA)

COMPANY = create_company()
SUPER = member(ANA, Role.SUPER_ADMIN, HOLDING_TENANT)
"""Ana runs the holding."""

INSIDE, FIELD = derived("inside sales"), derived("field sales")


def create_team(team: str = INSIDE, name: str = "Inside", company: str = COMPANY_NEW) -> tc.CreateTeam:
    return tc.CreateTeam(team=team, company=company, name=name)


def rename_team(name: str, team: str = INSIDE, company: str = COMPANY_NEW) -> tc.RenameTeam:
    return tc.RenameTeam(team=team, company=company, name=name)


def seat(user: str = BIA, team: str = INSIDE, company: str = COMPANY_NEW) -> tc.AddTeamMember:
    return tc.AddTeamMember(team=team, company=company, user=user)


def unseat(user: str = BIA, team: str = INSIDE, company: str = COMPANY_NEW) -> tc.RemoveTeamMember:
    return tc.RemoveTeamMember(team=team, company=company, user=user)


def retire_team(team: str = INSIDE, company: str = COMPANY_NEW) -> tc.RetireTeam:
    return tc.RetireTeam(team=team, company=company)
