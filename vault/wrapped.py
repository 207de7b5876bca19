"""Every column of the vault that holds what a key-encryption key wrapped, and how to open it from its row.

The database keeps a second column beside each, `<column>_kek`: which key it was (migration `live_keys`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from vault import credentials, daykeys, files, keys, pepper
from vault.accounts import links, logins, mails, signing


@dataclass(frozen=True, slots=True)
class Wrapped:
    """key: the columns that name the row. place: from these, the associated data."""

    table: str
    column: str
    key: tuple[str, ...]
    place: Callable[..., bytes]

    @property
    def by(self) -> str:
        """The column that names the key-encryption key."""
        return f"{self.column}_kek"


WRAPPED: Final = (
    Wrapped("subject_key", "wrapped", ("company", "subject"), keys.place),
    Wrapped("company_pepper", "wrapped", ("company",), pepper.place),
    Wrapped("day_key", "wrapped", ("day",), daykeys.place),
    Wrapped("credential", "wrapped", ("company", "kind", "id"), credentials.place),
    Wrapped("login", "totp", ("user_id",), logins.place),
    Wrapped("login", "totp_offered", ("user_id",), logins.place),
    Wrapped("link_key", "wrapped", ("one",), lambda _: links.PLACE),
    Wrapped("signing_key", "wrapped", ("id",), signing.place),
    Wrapped("mail", "wrapped", ("id",), mails.place),
    Wrapped("file", "wrapped", ("id",), files.place),
)

OTHER_BYTES: Final[Mapping[tuple[str, str], str]] = {
    ("alias", "hash"): "a keyed hash",
    ("api_key_secret", "hash"): "a hash",
    ("body", "digest"): "a hash",
    ("body", "sealed"): "by a day key",
    ("erasure", "hash"): "a keyed hash",
    ("file", "sealed"): "by a key of its own",
    ("file", "sha256"): "a hash",
    ("key_encryption_key", "canary"): "by the key that it proves, for as long as that one is there",
    ("key_encryption_key", "name"): "the beginning of the canary",
    ("login_attempt", "account"): "a keyed hash",
    ("login_attempt", "key"): "a keyed hash",
    ("one_time_token", "hash"): "a hash",
    ("outbox", "value"): "a command as it goes into the log",
    ("recovery_code", "hash"): "a hash",
    ("refresh_token", "hash"): "a hash",
    ("signing_key", "public"): "no secret",
    ("token", "hash"): "a hash",
}
"""(table, column) of bytes that no key-encryption key wrapped: what they are."""
