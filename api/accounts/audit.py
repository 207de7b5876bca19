"""What somebody does to an account or a key: the command that goes into the vault's outbox with the change itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

from domain.kernel.actor import WATCH, Actor, ActorKind
from domain.kernel.command import CommandMeta
from domain.kernel.ids import HOLDING_TENANT, security_journey
from domain.security.commands import RecordAct
from domain.security.records import Act, Change
from eventlog.codec import default_codec
from projections.read.people import Membership
from vault.accounts.outbox import Put
from vault.accounts.sessions import Session, Told


def put_of(
    actor: Actor,
    act: Act,
    *,
    company: str,
    user: str | None = None,
    about: str | None = None,
    changes: Sequence[Change] = (),
) -> Put:
    """company: whose auditors see it, the holding's reserved tenant for nobody else. The edge vouches for it: the actor
    need not be allowed to write security events."""
    id_ = str(uuid4())
    recorder = replace(actor, grant=WATCH.grant)
    meta = CommandMeta(
        command_id=id_, tenant=company, journey=security_journey(company), actor=recorder, correlation=id_
    )
    command = RecordAct(
        company=company,
        day=datetime.now(UTC).date().isoformat(),
        act=act,
        user=user,
        about=about,
        changes=tuple(changes),
    )
    return Put(id_, default_codec().encode_command(meta, command))


def puts_of(actor: Actor, act: Act, user: str, belongs: Sequence[Membership]) -> tuple[Put, ...]:
    """What concerns an account everywhere, for the auditors of all companies that its user belongs to."""
    companies = [each.company_id for each in belongs] or [HOLDING_TENANT]
    return tuple(put_of(actor, act, company=company, user=user) for company in companies)


def told_of(act: Act, actor: Actor | None = None) -> Told:
    """Of each session, for the auditors of the company that it works in. actor: None for the session itself."""

    def told(sessions: tuple[Session, ...]) -> Iterable[Put]:
        return [
            put_of(actor or as_user(each.user_id, each.id), act, company=each.company, user=each.user_id, about=each.id)
            for each in sessions
        ]

    return told


def told_of_all(actor: Actor) -> Told:
    """Of many that one call ended: once for each company that they work in."""

    def told(sessions: tuple[Session, ...]) -> Iterable[Put]:
        owners = dict.fromkeys((each.company, each.user_id) for each in sessions)
        return [put_of(actor, Act.SESSIONS_ENDED, company=company, user=user) for company, user in owners]

    return told


def as_user(user: str, session: str | None = None) -> Actor:
    """Who has proved to be this user, before there is a caller."""
    return Actor(kind=ActorKind.USER, id=user, session=session)
