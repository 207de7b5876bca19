"""What somebody does to an account or a key: the command that goes into the vault's outbox with the change itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

from domain.kernel.actor import WATCH, Actor, ActorKind
from domain.kernel.command import CommandMeta
from domain.kernel.ids import security_journey
from domain.security.commands import RecordAct
from domain.security.records import Act, Change
from eventlog.codec import default_codec
from vault.accounts.outbox import Put


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


def as_user(user: str, session: str | None = None) -> Actor:
    """Who has proved to be this user, before there is a caller."""
    return Actor(kind=ActorKind.USER, id=user, session=session)
