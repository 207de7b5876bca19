"""A client that takes a call without an answer for one that was never made."""

from __future__ import annotations

from typing import Any

from domain.kernel.errors import OutcomeUnknown
from gateways.autentique.client import AutentiqueClient
from gateways.errors import NeverSent

_create = AutentiqueClient.create


async def create(self: AutentiqueClient, *call: Any) -> Any:
    try:
        return await _create(self, *call)
    except OutcomeUnknown:
        raise NeverSent("never_sent") from None


def plant() -> None:
    AutentiqueClient.create = create  # type: ignore[method-assign, assignment]


def unplant() -> None:
    AutentiqueClient.create = _create  # type: ignore[method-assign]
