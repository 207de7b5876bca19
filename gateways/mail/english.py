"""Mails in English."""

from __future__ import annotations

from typing import Final

from domain.access.matrix import Role
from gateways.mail.wording import Language, Wording

ENGLISH: Final = Language(
    tag="en",
    moment="%Y-%m-%d %H:%M",
    roles={
        Role.SUPER_ADMIN: "super administrator",
        Role.BACKOFFICE_ADMIN: "back-office administrator",
        Role.COMPANY_ADMIN: "company administrator",
        Role.MANAGER: "manager",
        Role.SDR: "SDR (sales development)",
        Role.VIEWER: "viewer",
        Role.AUDITOR: "auditor",
    },
    invitation=Wording(
        subject="Invitation to {company}",
        before=("Hello,", "you are invited to join {company} in the role of {role}."),
        link="Accept the invitation",
        after=(
            "The link works until {until}.",
            "If you did not expect this, do nothing: without the link nothing happens.",
        ),
    ),
    new_password=Wording(
        subject="Choose a new password",
        before=("Hello,", "somebody asked for a new password for your account."),
        link="Choose a new password",
        after=(
            "The link works once, and for one hour.",
            "If it was not you, do nothing: your password stays as it is.",
        ),
    ),
    locked=Wording(
        subject="Your account is locked",
        before=("Hello,", "there were too many attempts to log in to your account. It is locked for a while."),
        link="Unlock the account",
        after=(
            "The link works once, and for one hour.",
            "If it was not you, do nothing: nobody got in, and the lock ends by itself.",
        ),
    ),
)
