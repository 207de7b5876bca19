"""A file of a document: fetched from where the provider keeps files and nowhere else, bounded, with its digest.

Addresses come from the API's answer. They are followed only to known hosts over TLS (or to the very server that is
configured, which is how the simulator is reached), and the token goes to that server only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Set
from dataclasses import dataclass, field
from typing import Final

import httpx

from domain.kernel.errors import GatewayFailed, TooLarge
from gateways.autentique.wire import said
from gateways.http import Timeouts, called

FILE_HOSTS: Final = frozenset({"api.autentique.com.br", "painel.autentique.com.br", "storage.googleapis.com"})
"""Hosts in `files` of real answers: signed ones at the first two, originals at the last."""

LARGEST_FILE: Final = 32 * 1024 * 1024
"""Bytes. An upload is at most 20 MB; signatures, audit page and seal come to it."""

_MOST_REDIRECTS: Final = 3  # from the API to storage is one


@dataclass(frozen=True, slots=True)
class Downloaded:
    """sha256: of the content, in hex."""

    content: bytes = field(repr=False)
    sha256: str


async def downloaded(
    client: httpx.AsyncClient,
    url: str,
    timeouts: Timeouts,
    *,
    own: httpx.URL,
    hosts: Set[str],
    authorization: str,
    largest: int,
) -> Downloaded:
    """Raises GatewayFailed `file_host_unknown`, `file_not_pdf` or with the status, NeverSent, TooLarge
    `file_too_large`."""
    target = _url(url)
    for _ in range(_MOST_REDIRECTS + 1):
        at_own = _origin(target) == _origin(own)
        if not at_own and (target.scheme != "https" or target.port is not None or target.host not in hosts):
            raise GatewayFailed("file_host_unknown", "the file is not where the provider keeps files")
        headers = {"authorization": authorization} if at_own else {}
        found = await _fetched(client, target, headers, timeouts, largest)
        if isinstance(found, Downloaded):
            return found
        target = found
    raise GatewayFailed(detail="too many redirects")


async def _fetched(
    client: httpx.AsyncClient, url: httpx.URL, headers: dict[str, str], timeouts: Timeouts, largest: int
) -> Downloaded | httpx.URL:
    """The file, or where else it is."""

    async def fetch() -> Downloaded | httpx.URL:
        content = bytearray()
        async with client.stream("GET", url, headers=headers, timeout=timeouts.httpx) as answer:
            if answer.is_redirect:
                return url.join(_url(answer.headers.get("location", "")))
            if answer.status_code != 200:
                raise GatewayFailed(detail=said(f"HTTP {answer.status_code}", answer))
            async for piece in answer.aiter_bytes():
                content += piece
                if len(content) > largest:
                    raise TooLarge("file_too_large", f"more than {largest} bytes")
        if not content.startswith(b"%PDF-"):
            raise GatewayFailed("file_not_pdf", "the file is no PDF")
        return Downloaded(bytes(content), hashlib.sha256(content).hexdigest())

    return await called(fetch, timeouts, repeatable=True)


def _url(text: str) -> httpx.URL:
    try:
        return httpx.URL(text)
    except httpx.InvalidURL as error:
        raise GatewayFailed("file_host_unknown", "not an address") from error


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
