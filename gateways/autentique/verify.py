"""Who may call the ingress as Autentique: hex HMAC-SHA256 of the endpoint's secret over the raw body (providers.md 5).

It signs no time: a captured body stays genuine for ever. What bounds its use is `webhook.expired` and that an event's
id is taken once.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from typing import Final

SIGNATURE_HEADER: Final = "x-autentique-signature"


def signature(body: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), body, "sha256").hexdigest()


def verify(headers: Mapping[str, str] | None, body: bytes, secrets: Sequence[str]) -> bool | None:
    """True for any of the live secrets (several during a rotation), False for none; None without header or secret."""
    live = [secret for secret in secrets if secret]
    if not headers or not live:
        return None
    lowered = {name.lower(): value for name, value in headers.items()}
    given = lowered.get(SIGNATURE_HEADER, "").strip().lower().encode(errors="replace")
    # Every secret is tried, whatever the first says: the time taken tells nothing.
    verdicts = [hmac.compare_digest(given, signature(body, secret).encode()) for secret in live]
    return any(verdicts)
