"""Where a scanner, or anybody, brings an API key that they have found."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field

from api.accounts.key_changes import holder_of, revoked
from api.auth import OPEN
from api.bodies import Strict
from api.services import ServicesDep
from domain.kernel.errors import InvalidInput
from vault.accounts.api_key import Why
from vault.accounts.key_text import kind_of

router = APIRouter(prefix="/v1/api-keys", tags=["api keys"])


class FoundKey(Strict):
    """key: the whole of it."""

    key: str = Field(max_length=100)


@router.post("/leaked", status_code=204, **OPEN)
async def report_leaked_key(body: FoundKey, services: ServicesDep) -> None:
    """Who has a key proves by it that it is in the wrong hands: it is revoked at once. The answer is the same for one
    that nobody was given. 422 `key_malformed`."""
    if kind_of(body.key) is None:
        raise InvalidInput("key_malformed", "key: not an API key of ours")
    found = await services.vault.api_keys.find(body.key)
    if found is not None:
        await services.vault.api_keys.revoke(
            found.key.id, Why.LEAKED, put=revoked(holder_of(found.key), found.key, Why.LEAKED)
        )
