"""Sends the mails that wait in the vault (new password, unlock): their tokens are no business of the log's.

A mail is one process's while it is handed over (the vault's lease). Its Message-ID is the row's id: sent again after
an outcome that nobody knows, it is the same mail.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import structlog

from domain.kernel.errors import InvalidInput, LegionError, Unavailable
from gateways.errors import MailRefused
from gateways.mail import texts
from gateways.mail.mail import Mail, Written
from gateways.mail.mailer import Mailer
from streams.backoff import backoff
from vault.accounts.mails import DueMail, MailKind, Mails, NewMail

LOOK_S: Final = 1.0
"""People wait for these before their screen; asking costs the vault a statement on a table that is nearly empty."""

AT_ONCE: Final = 8
"""Connections to the mail server: more than are due in a second, fewer than servers allow of one client."""

FIRST: Final = timedelta(seconds=2)
MOST: Final = timedelta(seconds=30)
"""Between tries: the token works for an hour, and who waits for it looks for minutes."""

GRACE_S: Final = 3.0
"""For mails under way at a stop, which as a whole takes less than five seconds."""

log = structlog.get_logger()


@dataclass(slots=True)
class Mailing:
    """links_url: base URL of the pages that mails link to, without a slash at its end."""

    mails: Mails
    mailer: Mailer
    links_url: str
    _busy: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self) -> None:
        """For ever. A vault or a mail server that is away is waited for."""
        try:
            while True:
                try:
                    await self.look()
                except Unavailable as away:
                    log.warning("mails_wait", code=away.code)
                except LegionError as error:  # one broken row must not hold the others up for good
                    log.error("mails_unreadable", code=error.code)
                await asyncio.sleep(LOOK_S)
        finally:
            await self._drain()

    async def look(self) -> None:
        """Begins to send what is due. Raises Unavailable, Corrupt."""
        if given_up := await self.mails.give_up():
            log.warning("mails_given_up", count=given_up)
        free = AT_ONCE - len(self._busy)
        for due in await self.mails.due(free) if free > 0 else ():
            task = asyncio.create_task(self._send(due))
            self._busy.add(task)
            task.add_done_callback(self._busy.discard)

    async def _send(self, due: DueMail) -> None:
        """Nothing escapes: what is not settled is due again when its lease is over."""
        try:
            await self._settle(due)
        except Unavailable as away:
            log.warning("mail_not_settled", mail=due.id, code=away.code)
        except Exception:
            log.exception("mail_failed", mail=due.id)

    async def _settle(self, due: DueMail) -> None:
        try:
            await self.mailer.send(Mail(due.id, due.mail.address, written(due.mail, self.links_url)))
        except (MailRefused, InvalidInput) as error:
            log.warning("mail_refused", mail=due.id, kind=due.mail.kind, code=error.code, detail=error.detail)
        except Unavailable as away:
            wait = backoff(due.tries - 1, first=FIRST, most=MOST, jitter=random.random())  # noqa: S311 - no secret
            log.warning("mail_again", mail=due.id, kind=due.mail.kind, code=away.code, tries=due.tries)
            await self.mails.failed(due.id, wait)
            return
        await self.mails.sent(due.id)

    async def _drain(self) -> None:
        if self._busy:
            _, late = await asyncio.wait(self._busy, timeout=GRACE_S)
            for task in late:
                task.cancel()


def written(mail: NewMail, links_url: str) -> Written:
    """The token stands behind a `#`: browsers send that to no server, so that it is in nobody's log."""
    match mail.kind:
        case MailKind.NEW_PASSWORD:
            return texts.new_password(mail.locale, link=f"{links_url}/new-password#{mail.token}")
        case MailKind.LOCKED:
            return texts.locked(mail.locale, link=f"{links_url}/unlock#{mail.token}")
