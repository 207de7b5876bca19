"""What a language has to have, so that every page can be shown in it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """tag: BCP 47. Placeholders in braces are filled by the page itself, with what the API says of the invitation.

    invited_…: an invitation that is open, for who has no account yet or has one; done, late, taken, gone, asked: how it
    stands or ended. ask_…: a mail with a link for a new password. choose_…, unlock_…: with such a link.
    """

    tag: str

    # --- on every page
    wait: str
    no_script: str
    away: str
    broken: str
    failed: str

    # --- fields, and what may be wrong with them
    email: str
    name: str
    password: str
    password_hint: str
    email_invalid: str
    password_weak: str
    password_too_short: str
    password_too_long: str
    name_missing: str

    # --- an invitation
    invited_title: str
    invited: str
    invited_known: str
    invited_terms: str
    invited_button: str
    invited_done: str
    invited_late: str
    invited_again: str
    invited_asked: str
    invited_taken: str
    invited_gone: str

    # --- a new password
    choose_title: str
    choose: str
    choose_button: str
    choose_done: str
    choose_over: str
    ask: str
    ask_button: str
    ask_done: str

    # --- an account that is locked
    unlock_title: str
    unlock: str
    unlock_button: str
    unlock_done: str
    unlock_over: str
