"""E-mail addresses as identities: one way to write each."""

from __future__ import annotations

from email_validator import EmailNotValidError, validate_email

from domain.kernel.errors import InvalidInput

SCHEME = "email"
"""Of the alias map, under the holding's tenant."""


def canonical(address: str) -> str:
    """Unicode-normalised, in small letters: nobody has two accounts by capitals. Raises InvalidInput
    `email_invalid`."""
    try:
        checked = validate_email(address.strip(), check_deliverability=False)
    except EmailNotValidError:
        raise InvalidInput("email_invalid", "email: not an address") from None
    return checked.normalized.casefold()
