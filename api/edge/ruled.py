"""Request rules applied: in front of everything but the probes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from api.edge.client import address_of
from api.edge.probes import PROBES
from api.edge.rules import LONGEST_S, Rule, Seen, judge
from api.edge.window import Windows
from api.ingress.answers import ANSWERS
from api.ingress.app import PREFIX as INGRESS
from api.ingress.strangers import network_of
from api.metrics import RULES
from api.problems import problem
from api.services import Services
from domain.security.records import Failure

SAY_S: Final = 1.0
"""Seconds between two log lines about one rule: the metrics count every match."""

log = structlog.get_logger()


class Ruled:
    """country_header: its value counts where a trusted proxy set it; another's is gone by then (api/edge/client.py).
    services: known once the application has started."""

    def __init__(
        self, app: ASGIApp, rules: tuple[Rule, ...], country_header: str, services: Callable[[], Services]
    ) -> None:
        self._app = app
        self._services = services
        self._rules = rules
        self._country_header = country_header.lower()
        self._windows = Windows(LONGEST_S)
        self._said: dict[str, float] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        blocked = self._blocked_by(scope) if scope["type"] == "http" and scope["path"] not in PROBES else None
        if blocked is None:
            await self._app(scope, receive, send)
            return
        self._services().watch.failed(Failure.RULE_BLOCKED, host=address_of(scope))
        if scope["path"].startswith(INGRESS):
            # A provider that is told 403 gives the message up. It tries again, and the rule can be mended meanwhile.
            status, headers, body = ANSWERS[503]
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": body})
        else:
            refusal = problem(403, "request_blocked", f"by request rule {blocked.id}", path=scope["path"])
            await refusal(scope, receive, send)

    def _blocked_by(self, scope: Scope) -> Rule | None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        address = address_of(scope)
        seen = Seen(scope["path"], headers, headers.get(self._country_header, "").upper(), address)
        judgement = judge(self._rules, seen, self._windows)
        for rule in judgement.matched:
            RULES.labels(rule.id, rule.action, rule.mode).inc()
            self._say(rule, scope["path"], address)
        return judgement.blocked_by

    def _say(self, rule: Rule, path: str, address: str) -> None:
        now = time.monotonic()
        if now - self._said.get(rule.id, -SAY_S) >= SAY_S:
            self._said[rule.id] = now
            log.info(
                "request_rule", rule=rule.id, action=rule.action, mode=rule.mode, path=path, network=network_of(address)
            )
