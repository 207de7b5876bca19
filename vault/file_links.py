"""Short links to files: whoever has one may read that one file for five minutes, and needs nothing else.

    <company>.<until>.<signature>    until: Unix seconds; signature: HMAC-SHA256 of company, file and until, base64url

The company stands in the link so that a forged one is refused before the database is asked: no answer, and no time that
it takes, tells whether there is such a file.
"""

from __future__ import annotations

import hmac
import re
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from vault.accounts.links import Links
from vault.framing import framed

LASTS_S: Final = 300
"""For a page to load what it shows, and for a person to begin a download; not to be passed on."""

SHAPE: Final = re.compile(r"([0-9a-f-]{36})\.([0-9]{1,12})\.[0-9A-Za-z_-]{43}")


@dataclass(frozen=True, slots=True)
class FileLink:
    """token: safe in a URL. until: Unix seconds."""

    token: str
    until: int


@dataclass(frozen=True, slots=True)
class Opened:
    """company: whose file it is. left_s: whole seconds for which the link still works, at least 1."""

    company: str
    left_s: int


class FileLinks:
    """clock: Unix seconds."""

    def __init__(self, links: Links, *, clock: Callable[[], float] = time.time) -> None:
        self._links = links
        self._clock = clock

    async def make(self, company: str, file: str) -> FileLink:
        until = int(self._clock()) + LASTS_S
        return FileLink(await self._token(company, file, until), until)

    async def open(self, token: str, file: str) -> Opened | None:
        """None: not a link to this file, or it is over. Compared in constant time, as a text: of two that would decode
        to the same bytes one is forged."""
        shape = SHAPE.fullmatch(token)
        if shape is None:
            return None
        company, until = shape[1], int(shape[2])
        if not hmac.compare_digest(token, await self._token(company, file, until)):
            return None
        left = until - int(self._clock())
        return Opened(company, left) if left > 0 else None

    async def _token(self, company: str, file: str, until: int) -> str:
        message = framed("file", company, file, str(until))
        mac = hmac.new(await self._links.key(), message, sha256).digest()
        return f"{company}.{until}.{urlsafe_b64encode(mac).rstrip(b'=').decode()}"
