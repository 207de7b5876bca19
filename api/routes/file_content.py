"""The content of a file, for whoever has a link to it: `<img>` and downloads send no token."""

from __future__ import annotations

from typing import Annotated, Any, Final
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.auth import OPEN
from api.services import ServicesDep
from api.uploads import IMAGES, TYPES
from domain.kernel.errors import NotFound
from vault.files import File

router = APIRouter(prefix="/v1/files", tags=["files"])

HEADERS: Final = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",  # opened by itself, it is a page that may do nothing
    "cross-origin-resource-policy": "cross-origin",  # the link is the proof, no cookie counts: the console may show it
}

CONTENT: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The content",
        "content": {each: {"schema": {"type": "string", "format": "binary"}} for each in TYPES},
    }
}


@router.get("/{file_id}/content", response_class=Response, responses=CONTENT, **OPEN)
async def get_file_content(
    file_id: UUID, services: ServicesDep, link: Annotated[str, Query(description="of its `url`")]
) -> Response:
    """404 `file_not_found`: for a forged link, one that is over, another file's, and a file that is deleted."""
    opened = await services.vault.file_links.open(link, str(file_id))
    if opened is None:
        raise NotFound("file_not_found")
    file, content = await services.vault.files.content(opened.company, str(file_id))
    more = {"cache-control": f"private, max-age={opened.left_s}", "content-disposition": disposition(file)}
    return Response(content, media_type=file.media_type, headers=HEADERS | more)


def disposition(file: File) -> str:
    """RFC 6266: images are shown, everything else is saved. The name in UTF-8, percent-encoded (RFC 8187)."""
    way = "inline" if file.media_type in IMAGES else "attachment"
    return f"{way}; filename*=UTF-8''{quote(file.name, safe='')}"
