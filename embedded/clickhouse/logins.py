"""Who may connect: one login that reads and writes (our services), one that only asks (analysts). Pure."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from embedded.clickhouse.errors import AUTHENTICATION_FAILED, refused


@dataclass(frozen=True, slots=True)
class Login:
    """A user name, its password, and whether it may only read."""

    user: str
    password: str = field(repr=False)
    read_only: bool = False


def credentials(headers: Mapping[str, str], query_string: str) -> tuple[str, str]:
    """User and password as sent: X-ClickHouse-User/Key, Basic, or URL parameters. Header names in lower case."""
    if "x-clickhouse-user" in headers:
        return headers["x-clickhouse-user"], headers.get("x-clickhouse-key", "")
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            user, _, password = base64.b64decode(token, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return user, password
    fields = parse_qs(query_string, keep_blank_values=True)
    return fields.get("user", ["default"])[0], fields.get("password", [""])[0]


def authenticate(logins: tuple[Login, ...], user: str, password: str) -> Login:
    """The login whose name and password these are; compared in constant time. Raises `ClickHouseError` 516."""
    for login in logins:
        same_user = hmac.compare_digest(login.user.encode(), user.encode())
        same_password = hmac.compare_digest(login.password.encode(), password.encode())
        if same_user and same_password:
            return login
    message = f"{user}: Authentication failed: password is incorrect, or there is no user with such name"
    raise refused(AUTHENTICATION_FAILED, "AUTHENTICATION_FAILED", message)
