"""The page that shows the API to people: Swagger UI, whose parts come from a CDN. The only page there is, so the only
answer with a Content-Security-Policy of its own."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from typing import Final

from fastapi import APIRouter, Response
from fastapi.openapi.docs import get_swagger_ui_html

router = APIRouter()

PARTS: Final = "https://cdn.jsdelivr.net/npm/swagger-ui-dist@5/"
"""Where FastAPI's page takes script and style from, and the only place that it may take any from."""

INLINE: Final = re.compile(r"<script>(.*?)</script>", re.DOTALL)
"""The few lines that start it: named by their hash, so that no other line runs."""


@router.get("/docs", include_in_schema=False)
async def docs() -> Response:
    """Of `/openapi.json`."""
    page = get_swagger_ui_html(openapi_url="/openapi.json", title="Legion", swagger_favicon_url="data:,")
    page.headers["content-security-policy"] = policy(bytes(page.body).decode())
    return page


def policy(page: str) -> str:
    hashes = " ".join(f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in INLINE.findall(page))
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {PARTS} {hashes}",
            f"style-src {PARTS} 'unsafe-inline'",  # Swagger UI styles its elements one by one
            "img-src 'self' data:",
            "connect-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
