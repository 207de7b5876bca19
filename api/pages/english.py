"""The pages in English."""

from __future__ import annotations

from typing import Final

from api.pages.wording import Wording

ENGLISH: Final = Wording(
    tag="en",
    wait="One moment …",
    no_script="This page needs JavaScript.",
    away="This cannot be done right now. Try again in a moment.",
    broken="This link is not complete. Open it from the mail once more.",
    failed="This did not work. Open the link from the mail once more.",
    email="E-mail address",
    name="Your name",
    password="New password",  # noqa: S106  a label
    password_hint="At least 12 characters. Several words that do not belong together are good.",  # noqa: S106
    email_invalid="This is not an e-mail address.",
    password_weak="This password is too easy to guess. Add a word or two.",  # noqa: S106
    password_too_short="This password is too short: at least 12 characters.",  # noqa: S106
    password_too_long="This password is too long: at most 128 characters.",  # noqa: S106
    name_missing="Say how you are called.",
    invited_title="Invitation",
    invited="You are invited to join {company}, as {email}.",
    invited_known="You have an account already. You join with it, and log in as you always do.",
    invited_terms="I accept the terms of use (version {terms}).",
    invited_button="Accept the invitation",
    invited_done="You are a member now. You may log in.",
    invited_late="This invitation is too old.",
    invited_again="Ask for another one",
    invited_asked="Who invited you sees that you ask for another invitation.",
    invited_taken="This invitation is accepted already. You may log in.",
    invited_gone="This invitation was withdrawn.",
    choose_title="New password",
    choose="Choose a new password. You are then logged out everywhere.",
    choose_button="Save the password",
    choose_done="Your password is changed. You may log in.",
    choose_over="This link works no more: it works once, for one hour, and the newest one only.",
    ask="Enter your e-mail address, and we send you a link for a new password.",
    ask_button="Send me a link",
    ask_done="If there is an account of this address, a mail is on its way.",
    unlock_title="Locked account",
    unlock="There were too many attempts to log in. If you want to log in now, unlock your account.",
    unlock_button="Unlock the account",
    unlock_done="Your account is unlocked. You may log in.",
    unlock_over="This link works no more. A lock ends by itself after a quarter of an hour.",
)
