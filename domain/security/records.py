"""The small values that security events are made of. References only: ids, keyed hashes, names of permissions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Act(StrEnum):
    """What somebody did to an account (also one at a provider), a key or a file. The strings stand in the log: never
    renamed."""

    LOGGED_IN = "logged_in"
    LOGGED_OUT = "logged_out"
    SESSION_ENDED = "session_ended"
    SESSIONS_ENDED = "sessions_ended"
    TOKEN_REUSED = "token_reused"  # noqa: S105  an act
    COMPANY_SWITCHED = "company_switched"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  an act
    PASSWORD_RESET = "password_reset"  # noqa: S105  an act
    SECOND_FACTOR_ON = "second_factor_on"
    SECOND_FACTOR_OFF = "second_factor_off"
    LOCKED = "locked"
    UNLOCKED = "unlocked"
    API_KEY_CREATED = "api_key_created"
    API_KEY_CHANGED = "api_key_changed"
    API_KEY_ROTATED = "api_key_rotated"
    API_KEY_REVOKED = "api_key_revoked"
    FILE_ADDED = "file_added"
    FILE_REMOVED = "file_removed"
    ACCOUNT_SET = "account_set"


class Failure(StrEnum):
    """What was tried in vain. The strings stand in the log: never renamed."""

    LOGIN_FAILED = "login_failed"
    LOGIN_THROTTLED = "login_throttled"
    SECOND_FACTOR_FAILED = "second_factor_failed"
    TOKEN_REFUSED = "token_refused"  # noqa: S105  a failure
    KEY_REFUSED = "key_refused"
    FORBIDDEN = "forbidden"
    TENANT_MISMATCH = "tenant_mismatch"
    ORIGIN_REFUSED = "origin_refused"
    RATE_LIMITED = "rate_limited"
    RULE_BLOCKED = "rule_blocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One field's value before and after: None where there was or is none."""

    field: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureCount:
    """account: the id of a user or key, or the keyed hash of what was typed; "" of nobody. network: /24 or /48 of the
    client, "" where many are counted as one."""

    failure: Failure
    account: str
    network: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadCount:
    """count: answers that held personal data of the subject."""

    subject: str
    count: int
