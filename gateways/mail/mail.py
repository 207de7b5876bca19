"""A mail as it leaves: to one person, plain text with an HTML alternative, and no header that somebody smuggled in."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Final

from email_validator import EmailNotValidError, validate_email

from domain.kernel.errors import InvalidInput

ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,99}")
"""What may stand before the @ of a Message-ID without quotes."""

SMUGGLING: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode categories of what could end a header's line somewhere on its way, or cannot be written at all."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a mail says. language: BCP 47."""

    language: str
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Mail:
    """id: of the mail, not of the try: with the same id it is the same mail to who receives it (Message-ID)."""

    id: str
    to: str = field(repr=False)
    written: Written


@dataclass(frozen=True, slots=True)
class Sender:
    """name: as people see it, may be empty."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


def address_of(text: str) -> str:
    """The address as SMTP wants it (a domain of other letters in Punycode). Raises InvalidInput `address_invalid`,
    also where letters before the @ are beyond ASCII: few servers take those."""
    try:
        found = validate_email(text, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        raise InvalidInput("address_invalid", "not an e-mail address") from None
    return found.ascii_email or found.normalized


def sender_of(text: str) -> Sender:
    """`Name <address>` or `address`. Raises InvalidInput `address_invalid`, `header_invalid`."""
    name, address = parseaddr(_line("the sender", text))
    return Sender(name, address_of(address))


def message_of(mail: Mail, sender: Sender, at: datetime) -> EmailMessage:
    """In lines that every server takes. at: aware. Raises InvalidInput `address_invalid`, `header_invalid`."""
    if not ID.fullmatch(mail.id):
        raise InvalidInput("header_invalid", "the id is not one of a mail")
    user, _, domain = address_of(mail.to).rpartition("@")
    from_user, _, from_domain = sender.address.rpartition("@")
    message = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    message["From"] = Address(sender.name, from_user, from_domain)
    message["To"] = Address("", user, domain)
    message["Subject"] = _line("the subject", mail.written.subject)
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{mail.id}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answers by machines
    message.set_content(mail.written.text, cte="quoted-printable")
    message.add_alternative(mail.written.html, subtype="html", cte="quoted-printable")
    # After the bodies: until then what is called Content-… is taken for theirs.
    message["Content-Language"] = _line("the language", mail.written.language)
    return message


def _line(what: str, text: str) -> str:
    if any(unicodedata.category(letter) in SMUGGLING for letter in text):
        raise InvalidInput("header_invalid", f"{what} is more than one line")
    return text
