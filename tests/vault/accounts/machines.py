"""Keys of machines as they are asked for."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from vault.accounts.api_key import NewKey
from vault.accounts.key_text import KeyKind


def new_key_of(company: str, **more: Any) -> NewKey:
    """One that reads leads, from anywhere, for ever, unless told otherwise."""
    values: dict[str, Any] = {
        "id": str(uuid4()),
        "company": company,
        "name": "CRM",
        "kind": KeyKind.LIVE,
        "scopes": frozenset({"lead:read"}),
        "networks": (),
        "made_by": "user:u",
        "expires_at": None,
    }
    return NewKey(**(values | more))
