"""E-mail addresses as identities: one way to write each."""

from __future__ import annotations

from email_validator import EmailNotValidError, validate_email

from domain.kernel.errors import InvalidInput

SCHEME = "email"
"""Of the alias map, under the holding's tenant."""


def canonical(address: str) -> str:
    """In small letters, a domain of other letters in Unicode: nobody has two accounts by capitals. Raises InvalidInput
    `email_invalid`, also where letters before the @ are beyond ASCII: few servers take those, and an invitation that
    cannot be mailed helps nobody."""
    try:
        checked = validate_email(address.strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        raise InvalidInput("email_invalid", "email: not an address") from None
    return f"{checked.local_part.lower()}@{checked.domain}"
