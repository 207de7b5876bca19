"""What the edge is told: by the settings, through the composition root."""

from __future__ import annotations

from dataclasses import dataclass

from api.edge.lease import Limit
from api.edge.rules import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeConfig:
    """public_url: that clients reach the API by. origins: of pages that may call it. proxies: addresses and networks
    whose word about the client counts. country_header: where they say its country. of_…: calls in a minute, of an
    address without login, of one caller, of their company."""

    public_url: str
    origins: tuple[str, ...]
    proxies: tuple[str, ...]
    country_header: str
    of_address: Limit
    of_caller: Limit
    of_company: Limit
    rules: tuple[Rule, ...]
