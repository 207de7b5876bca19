"""The refresh token in a browser: a cookie that scripts do not see and other sites do not send."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from fastapi import Request, Response

from domain.kernel.errors import Forbidden
from vault.accounts.sessions import LONGEST
from vault.accounts.throttle import prefix_of

PATH: Final = "/v1/auth"
"""The cookie goes nowhere else."""

AGENT_LENGTH: Final = 120
"""Characters of what a browser calls itself: enough to know it by."""


@dataclass(frozen=True, slots=True)
class Cookies:
    """secure: the API is reached by https. origins: whose pages may use the cookie."""

    secure: bool
    origins: frozenset[str]

    @classmethod
    def of(cls, public_url: str, console_origins: Collection[str]) -> Cookies:
        """Our own origin, and those of the console."""
        parts = urlsplit(public_url)
        return cls(parts.scheme == "https", frozenset({f"{parts.scheme}://{parts.netloc}", *console_origins}))

    @property
    def name(self) -> str:
        """With the prefix that browsers take from https only (RFC 6265bis)."""
        return "__Secure-legion" if self.secure else "legion"

    def read(self, request: Request) -> str:
        """The token, "" where there is none. Raises Forbidden `origin_not_allowed`: a browser says whose page it was,
        and what no page said is no browser's with a cookie."""
        if request.headers.get("origin") not in self.origins:
            raise Forbidden("origin_not_allowed", "Origin is not one of the console's")
        return request.cookies.get(self.name, "")

    def give(self, response: Response, token: str) -> None:
        response.set_cookie(
            self.name,
            token,
            max_age=int(LONGEST.total_seconds()),
            path=PATH,
            secure=self.secure,
            httponly=True,
            samesite="strict",
        )

    def take_away(self, response: Response) -> None:
        response.delete_cookie(self.name, path=PATH, secure=self.secure, httponly=True, samesite="strict")


def address_of(request: Request) -> str:
    """Of the client, as the server sees it (behind a proxy: as uvicorn was told to)."""
    return request.client.host if request.client else "unknown"


def place_of(request: Request) -> tuple[str, str]:
    """(prefix of the client's address, kind of browser), for the list of sessions."""
    return prefix_of(address_of(request)), request.headers.get("user-agent", "")[:AGENT_LENGTH]
