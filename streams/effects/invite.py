"""The effect `invite`: a mail with the link that lets one person in. Sent again it has the same link and Message-ID.

An invitation that is revoked while its mail is handed over is mailed all the same; its link then says that it is
withdrawn, and lets nobody in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta, tzinfo
from typing import Final
from uuid import uuid4
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.access.given import is_built_in
from domain.access.sight import WHOLE
from domain.kernel.errors import InvalidInput, OutcomeUnknown
from domain.kernel.ids import HOLDING_TENANT, user_subject
from domain.people.commands import RecordInvitationMailed
from domain.people.events import InvitationIssued
from gateways.errors import MailPostponed, MailRefused
from gateways.mail import texts
from gateways.mail.mail import Mail
from gateways.mail.mailer import Mailer
from projections.read.companies import company
from projections.read.db import ReadDb
from projections.read.events import EventReader
from projections.read.roles import role_name
from streams import labels
from streams.commander import Commander
from streams.effects.opened import opened
from streams.effects.simple import ended
from streams.runner.core import Again, Done, Ended, Hopeless
from streams.runner.job import Job
from vault.accounts.links import Links
from vault.codec import SubjectOpener
from vault.keys import SubjectKeys, Tombstone

POSTPONED: Final = timedelta(minutes=1)
"""After a server's "later": who greylists wants to be asked again after some minutes, and not at once."""

UNKNOWN: Final = timedelta(minutes=5)
"""After an outcome that nobody knows: it was most likely taken, and a second copy is a nuisance."""

HOLDINGS_NAME: Final = "Legion"
"""What the holding is called to who is invited to it."""


@dataclass(frozen=True, slots=True)
class Host:
    """Who invites: what the mail says of the company. role: its display name, or a built-in's."""

    name: str
    locale: str
    zone: tzinfo
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InviteEffect:
    """links_url: base URL of the pages that mails link to."""

    events: EventReader
    reads: ReadDb
    keys: SubjectKeys
    links: Links
    commander: Commander
    mailer: Mailer
    links_url: str

    async def __call__(self, job: Job) -> Ended:
        cause = await opened(self.events, job.row, (InvitationIssued,))
        if cause is None:
            return Again("moved")
        recorded, issued = cause
        mail = await self._mail(issued)
        if not isinstance(mail, Mail):
            return mail
        not_sent = Done() if job.cancelled else await self._send(mail)
        if not_sent is not None:
            return not_sent
        command = RecordInvitationMailed(invitation=issued.invitation, company=issued.company)
        return ended(await self.commander.settle(recorded, job.row, str(uuid4()), command))

    async def _send(self, mail: Mail) -> Ended | None:
        """None: the mail server has it. Raises NeverSent."""
        try:
            await self.mailer.send(mail)
        except (MailRefused, InvalidInput) as refused:
            return Hopeless(refused.code)
        except MailPostponed as later:
            return Again(later.code, POSTPONED)
        except OutcomeUnknown as unknown:
            return Again(unknown.code, UNKNOWN)
        return None

    async def _mail(self, issued: InvitationIssued) -> Mail | Hopeless | Again:
        """The token stands behind a `#`: browsers send that to no server, so that it is in nobody's log."""
        address = await self._address(issued)
        if isinstance(address, Hopeless):
            return address
        host = await self._host(issued)
        if host is None:
            return Again("company_not_projected")
        token = await self.links.token(issued.invitation)
        written = texts.invitation(
            host.locale,
            company=host.name,
            role=host.role,
            link=f"{self.links_url}/invitations/{issued.invitation}#{token}",
            until=issued.expires_at.astimezone(host.zone),
        )
        return Mail(f"invitation-{issued.invitation}", address, written)

    async def _address(self, issued: InvitationIssued) -> str | Hopeless:
        subject = user_subject(issued.user)
        key = (await self.keys.open_many(HOLDING_TENANT, (subject,)))[subject]
        if isinstance(key, Tombstone):
            return Hopeless("subject_erased")
        if key is None:  # it was committed before the address was sealed with it: a restored vault has lost it
            return Hopeless("key_lost")
        return SubjectOpener(key, HOLDING_TENANT, subject).text(labels.EMAIL, issued.email)

    async def _host(self, issued: InvitationIssued) -> Host | None:
        if issued.company == HOLDING_TENANT:
            return Host(HOLDINGS_NAME, "en", UTC, issued.role)
        async with self.reads.company(issued.company, WHOLE) as conn:
            found = await company(conn, issued.company)
            own = None if is_built_in(issued.role) else await role_name(conn, issued.company, issued.role)
        if found is None:
            return None
        return Host(found.name, found.locale, _zone(found.timezone), own or issued.role)


def _zone(name: str) -> tzinfo:
    """UTC where this machine does not know the zone: the mail says which it is."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC
