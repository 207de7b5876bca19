"""Files as they are uploaded."""

from __future__ import annotations

from typing import Any

import httpx

from tests.api.people import Person, client
from tests.api.world import World

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8
GIF, JPEG, PDF = b"GIF89a" + bytes(64), b"\xff\xd8\xff\xe0" + bytes(64), b"%PDF-1.7\n" + bytes(64)
WEBP = b"RIFF\x10\n\0\0WEBPVP8 " + bytes(64)


async def upload(
    world: World,
    company: str,
    content: bytes,
    media_type: str = "image/gif",
    *,
    name: str = "logo.gif",
    by: Person | None = None,
    **headers: str,
) -> httpx.Response:
    """by: None is the bootstrap token."""
    sent = {"content-type": media_type, **world.tenant(company), **{k.replace("_", "-"): v for k, v in headers.items()}}
    sent["authorization"] = f"Bearer {by.token if by else world.token}"
    async with client(world) as http:
        return await http.post("/v1/files", params={"name": name}, content=content, headers=sent)


async def uploaded(world: World, company: str, content: bytes = PNG, media_type: str = "image/png", **how: Any) -> str:
    """Its id."""
    answer = await upload(world, company, content, media_type, **how)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def url_of(world: World, company: str, file: str) -> str:
    answer = await world.http.get(f"/v1/files/{file}/link", headers=world.tenant(company))
    assert answer.status_code == 200, answer.text
    return str(answer.json()["url"])


async def follow(world: World, url: str) -> httpx.Response:
    """As a browser does: without a token."""
    async with client(world) as http:
        return await http.get(url)
