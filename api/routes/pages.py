"""The pages behind the links of our mails, where no console is set (docs/adr/0013). They hold nothing: what they show
and do, they ask of /v1 with the link's token."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Header, Response

from api.pages import html

router = APIRouter(include_in_schema=False)

FOLDER: Final = Path(html.__file__).parent
SCRIPT: Final = (FOLDER / "page.js").read_bytes()
STYLE: Final = (FOLDER / "page.css").read_bytes()

POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
"""Nothing but our own script and style, nothing inline, no frame around it, and no way for text to become markup."""

HEADERS: Final = {
    "content-security-policy": POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}

Languages = Annotated[str, Header(alias="accept-language")]


@router.get("/invitations/{invitation_id}")
async def invitation_page(invitation_id: UUID, languages: Languages = "") -> Response:  # noqa: ARG001  its script's
    return _page(html.invitation, languages)


@router.get("/new-password")
async def new_password_page(languages: Languages = "") -> Response:
    return _page(html.new_password, languages)


@router.get("/unlock")
async def unlock_page(languages: Languages = "") -> Response:
    return _page(html.unlock, languages)


@router.get("/pages/page.js")
async def page_script() -> Response:
    return Response(SCRIPT, media_type="text/javascript", headers=HEADERS)


@router.get("/pages/page.css")
async def page_style() -> Response:
    return Response(STYLE, media_type="text/css", headers=HEADERS)


def _page(made: html.Page, languages: str) -> Response:
    words = html.wording_of(languages)
    own = {"content-language": words.tag, "vary": "accept-language"}
    return Response(made(words), media_type="text/html", headers=HEADERS | own)
