"""The public keys that access tokens are signed with."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from api.auth import OPEN
from api.services import ServicesDep
from vault.accounts.signing import JWKS_S

router = APIRouter(tags=["auth"])


@router.get("/.well-known/jwks.json", **OPEN)
async def jwks(response: Response, services: ServicesDep) -> dict[str, Any]:
    """RFC 7517. Two at most: one signs, the other will or did."""
    response.headers["cache-control"] = f"public, max-age={JWKS_S}"
    return await services.access_tokens.jwks()
