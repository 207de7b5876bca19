"""The SMTP side: takes every mail, unless a fault says otherwise."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Final, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from simulators.mail.box import Box
from simulators.mail.faults import Faults

LARGEST: Final = 64 * 1024
"""Bytes of one mail."""

OK: Final = "250 OK"


@dataclass(frozen=True, slots=True)
class Handler:
    """What aiosmtpd calls by these names. password: who does not log in with it is refused; None: nobody has to."""

    box: Box
    faults: Faults
    password: str | None

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, said: object
    ) -> AuthResult:
        right = isinstance(said, LoginPassword) and (self.password in {None, said.password.decode(errors="replace")})
        return AuthResult(success=right, handled=False)

    async def handle_MAIL(  # noqa: N802  aiosmtpd's
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.password is not None and not session.authenticated:
            return "530 5.7.0 log in first"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return OK

    async def handle_RCPT(  # noqa: N802  aiosmtpd's
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        fault = self.faults.take("refuse")
        if fault is not None:
            return f"{fault.status} simulated: not to {address}"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return OK

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's
        fault = self.faults.take("refuse_data", "silent", "cut")
        if fault is not None and fault.kind == "refuse_data":
            return f"{fault.status} simulated: not this"
        content = envelope.content or b""
        self.box.put(
            envelope.mail_from or "", envelope.rcpt_tos, content if isinstance(content, bytes) else content.encode()
        )
        if fault is not None and fault.kind == "silent":
            await asyncio.Event().wait()
        if fault is not None:
            cast("asyncio.Transport", server.transport).abort()
        return OK


async def listen(handler: Handler, host: str, port: int) -> asyncio.Server:
    """Serves in this loop until it is closed."""
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd warns of itself at every login
    return await asyncio.get_running_loop().create_server(
        lambda: SMTP(
            handler,
            data_size_limit=LARGEST,
            hostname="mail.example",
            ident="simulator",
            authenticator=handler.authenticate,
            auth_require_tls=False,  # on loopback
        ),
        host,
        port,
    )
