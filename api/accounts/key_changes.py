"""What people do with the keys of machines: the rules, and what the log is told of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from api.accounts.audit import put_of
from domain.access.grant import READING
from domain.access.matrix import MACHINES
from domain.kernel.actor import Actor, ActorKind, Permission
from domain.kernel.errors import InvalidInput, Refused
from domain.security.records import Act, Change
from vault.accounts.api_key import ApiKey, NewKey, Why
from vault.accounts.key_text import KeyKind
from vault.accounts.outbox import Put


def check_scopes(
    kind: KeyKind, scopes: Iterable[str], grant: frozenset[Permission], *, has: Iterable[str] = ()
) -> None:
    """Nobody gives a machine what they may not do themselves. has: what the key holds already.

    Raises InvalidInput `scope_not_for_machines`, `scope_not_for_test_keys`; Refused `beyond_own_rights`.
    """
    wanted = frozenset(scopes)
    if beyond := wanted - MACHINES:
        raise InvalidInput("scope_not_for_machines", f"scopes: {_listed(beyond)}: for people only")
    if kind is KeyKind.TEST and (writing := wanted - READING):
        raise InvalidInput("scope_not_for_test_keys", f"scopes: {_listed(writing)}: a test key only reads")
    if lacking := wanted - frozenset(has) - grant:
        raise Refused("beyond_own_rights", f"scopes: {_listed(lacking)}: not among your own rights")


def check_end(expires_at: datetime | None) -> None:
    """Raises InvalidInput `expires_in_the_past`."""
    if expires_at is not None and expires_at <= datetime.now(UTC):
        raise InvalidInput("expires_in_the_past", "expires_at: is over")


def made(actor: Actor, key: NewKey) -> Put:
    return _put(actor, Act.API_KEY_CREATED, key, Change(field="kind", before=None, after=key.kind), *_fields(None, key))


def changed(actor: Actor, before: ApiKey, after: ApiKey) -> Put:
    return _put(actor, Act.API_KEY_CHANGED, before, *_fields(before, after))


def rotated(actor: Actor, before: ApiKey, after: ApiKey, overlap_s: int) -> Put:
    overlap = Change(field="overlap_s", before=None, after=str(overlap_s))
    return _put(actor, Act.API_KEY_ROTATED, before, overlap, *_fields(before, after))


def revoked(actor: Actor, key: ApiKey, why: Why) -> Put:
    return _put(actor, Act.API_KEY_REVOKED, key, Change(field="why", before=None, after=why))


def holder_of(key: ApiKey) -> Actor:
    """Whoever shows the key."""
    return Actor(kind=ActorKind.API_KEY, id=key.id)


def _put(actor: Actor, act: Act, key: NewKey, *changes: Change) -> Put:
    """The name is the company's own words: it stays out of the log."""
    return put_of(actor, act, company=key.company, about=key.id, changes=changes)


def _fields(before: NewKey | None, after: NewKey) -> list[Change]:
    """Those that differ."""
    old, new = ({} if before is None else _told(before)), _told(after)
    return [
        Change(field=field, before=old.get(field), after=value)
        for field, value in new.items()
        if old.get(field) != value
    ]


def _told(key: NewKey) -> dict[str, str | None]:
    return {
        "scopes": _listed(key.scopes),
        "networks": _listed(key.networks) or None,
        "expires_at": None if key.expires_at is None else key.expires_at.isoformat(),
    }


def _listed(words: Iterable[str]) -> str:
    return " ".join(sorted(words))
