"""What a key of a machine is, and how its rows are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Literal

from vault.accounts.key_text import KeyKind


class Why(StrEnum):
    """Why a key was revoked."""

    BY_ADMIN = "by_admin"
    LEAKED = "leaked"
    ABUSED = "abused"


State = Literal["good", "revoked", "expired", "replaced"]
"""replaced: by a newer secret, whose overlap is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """scopes: permissions. networks: CIDR; none: from anywhere. made_by: kind:id of the actor."""

    id: str
    company: str
    name: str
    kind: KeyKind
    scopes: frozenset[str]
    networks: tuple[str, ...]
    made_by: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey(NewKey):
    made_at: datetime
    revoked_at: datetime | None
    revoked_why: str | None


@dataclass(frozen=True, slots=True)
class Secret:
    """shown: its beginning. works_until: None: as long as its key. used_at: to the minute."""

    shown: str
    made_at: datetime
    works_until: datetime | None
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Presented:
    """A key that somebody has shown. stale: that it was used is to be noted."""

    key: ApiKey
    state: State
    stale: bool


@dataclass(frozen=True, slots=True)
class Issued:
    """text: the whole key, known to nobody else from now on."""

    key: ApiKey
    text: str = field(repr=False)


COLUMNS: Final = (
    "k.id, k.company, k.name, k.kind, k.scopes, k.networks, k.made_by, k.expires_at, k.made_at, k.revoked_at,"
    " k.revoked_why"
)

SELECT: Final = f"select {COLUMNS} from api_key k"  # noqa: S608  two texts of ours

FIND: Final = (
    "select case when k.revoked_at is not null then 'revoked' when k.expires_at <= now() then 'expired'"  # noqa: S608
    " when s.works_until <= now() then 'replaced' else 'good' end,"
    f" coalesce(s.used_at < now() - %(seen)s, true), {COLUMNS}"
    " from api_key_secret s join api_key k on k.id = s.key where s.hash = %(hash)s"
)


def made_key(row: Sequence[Any]) -> ApiKey:
    """Of `COLUMNS`."""
    id_, company, name, kind, scopes, networks, made_by, expires_at, made_at, revoked_at, revoked_why = row
    return ApiKey(
        id=id_,
        company=company,
        name=name,
        kind=KeyKind(kind),
        scopes=frozenset(scopes),
        networks=tuple(networks),
        made_by=made_by,
        expires_at=expires_at,
        made_at=made_at,
        revoked_at=revoked_at,
        revoked_why=revoked_why,
    )
