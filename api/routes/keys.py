"""The public keys that access tokens are signed with."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from api.services import ServicesDep

router = APIRouter(tags=["auth"])


@router.get("/.well-known/jwks.json", openapi_extra={"x-permission": "none", "security": []})
async def jwks(response: Response, services: ServicesDep) -> dict[str, Any]:
    """RFC 7517. Two at most: the newer signs."""
    response.headers["cache-control"] = "public, max-age=60"
    return await services.access_tokens.jwks()
