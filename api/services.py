"""What the routes work with: made once by the composition root, read by everybody."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from api.access import Access
from api.accounts.browser import Cookies
from api.auth import Authenticator
from api.edge.quota import Quota
from api.later import Later
from api.submit import Commander
from api.tokens import AccessTokens
from api.watch import Watch
from eventlog.producer import RawLog
from gateways.meta.client import MetaClient
from gateways.typst.renderer import Renderer
from projections.read.db import ReadDb
from projections.read.events import EventReader
from projections.read.listener import Listener
from vault.accounts.passwords import Passwords
from vault.db import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """partitions: of [events]. public_url: where providers reach the ingress. ingress_ends: of [ingress], by partition.
    demo_url: the Evolution simulator's base URL, None outside of the demo. mails_url: the mail sink's, likewise."""

    authenticator: Authenticator
    access_tokens: AccessTokens
    access: Access
    passwords: Passwords
    cookies: Cookies
    commander: Commander
    later: Later
    renderer: Renderer
    vault: Vault
    watch: Watch
    quota: Quota
    log: RawLog
    reads: ReadDb
    events: EventReader
    listener: Listener
    meta: MetaClient
    public_url: str
    partitions: int
    ingress_ends: Callable[[], Awaitable[tuple[int, ...]]]
    demo_url: str | None = None
    mails_url: str | None = None


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


ServicesDep = Annotated[Services, Depends(_services)]
