"""Hands mails to an SMTP server, each over a connection of its own: there are few, and servers close idle ones.

connect, TLS, login, MAIL FROM   any failure is ours or the server's, never the mail's: NeverSent
RCPT TO, DATA                    4xx: MailPostponed, 5xx: MailRefused
after the last line left         no answer: OutcomeUnknown; said again under its id it is the same mail
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

import aiosmtplib
from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from domain.kernel.errors import OutcomeUnknown
from gateways.errors import MailPostponed, MailRefused, NeverSent
from gateways.mail.mail import Mail, Sender, address_of, message_of

LOGIN_FIRST: Final = frozenset({530, 534, 535, 538})
"""Answers that speak of our login, whatever they answer to (RFC 4954): the mail is not at fault."""

GOODBYE_S: Final = 1.0
"""For QUIT: the mail is taken, whatever comes of it."""

KEPT: Final = 500
"""Characters of the server's words."""


class Tls(StrEnum):
    """NONE: readable on the wire. STARTTLS: required, never fallen back from. TLS: from the first byte."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """host: empty for none, then nothing is sent. user: empty for no login. timeout_s: of a whole mail."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    tls: Tls = Tls.STARTTLS
    timeout_s: float = 15.0


class Mailer:
    """sender: None where there is no server."""

    def __init__(self, server: SmtpServer, sender: Sender | None) -> None:
        self._server = server
        self._sender = sender

    async def send(self, mail: Mail) -> None:
        """Once; the server has it when this returns. Raises NeverSent, MailPostponed, MailRefused, OutcomeUnknown, and
        InvalidInput for a mail that cannot be one."""
        if not self._server.host or self._sender is None:
            raise NeverSent("smtp_not_set", "no mail server is set")
        content = message_of(mail, self._sender, datetime.now(UTC)).as_bytes()
        await _Delivery(self._server, self._sender).carry(address_of(mail.to), content)


class _Delivery:
    """One mail's connection. left: the last line may be at the server."""

    def __init__(self, server: SmtpServer, sender: Sender) -> None:
        self._server = server
        self._sender = sender
        self._left = False

    async def carry(self, to: str, content: bytes) -> None:
        client = self._client()
        try:
            async with asyncio.timeout(self._server.timeout_s):
                await self._begin(client)
                await self._hand_over(client, to, content)
        except (TimeoutError, OSError, SMTPException) as error:  # aiosmtplib's time-outs are TimeoutErrors too
            raise self._broken_off(error) from error
        else:
            with contextlib.suppress(TimeoutError, OSError, SMTPException):
                await client.quit(timeout=GOODBYE_S)
        finally:
            client.close()

    def _client(self) -> SMTP:
        server = self._server
        return SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user or None,
            password=server.password or None,
            use_tls=server.tls is Tls.TLS,
            start_tls=server.tls is Tls.STARTTLS,
            # Not the machine's own name, which is nobody's business and may take seconds to be found.
            local_hostname=self._sender.domain,
            timeout=server.timeout_s,
        )

    async def _begin(self, client: SMTP) -> None:
        """Up to where the mail itself comes in."""
        try:
            await client.connect()
            await client.mail(self._sender.address)
        except SMTPResponseException as refused:
            raise NeverSent(detail=f"{type(refused).__name__}: SMTP {refused.code}") from refused

    async def _hand_over(self, client: SMTP, to: str, content: bytes) -> None:
        try:
            await client.rcpt(to)
            self._left = True
            await client.data(content)
        except SMTPResponseException as said:
            raise _no(said) from said

    def _broken_off(self, error: Exception) -> NeverSent | OutcomeUnknown:
        kind = type(error).__name__
        return OutcomeUnknown("mail_unknown", kind) if self._left else NeverSent(detail=kind)


def _no(said: aiosmtplib.SMTPResponseException) -> NeverSent | MailPostponed | MailRefused:
    """A server's no to this mail."""
    detail = f"SMTP {said.code}"
    if said.code in LOGIN_FIRST:
        return NeverSent(detail=detail)
    if 500 <= said.code < 600:
        return MailRefused(detail, smtp_status=said.code, body=said.message[:KEPT])
    return MailPostponed(detail=detail)
