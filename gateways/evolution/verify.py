"""Who may call the ingress as Evolution: it signs nothing, so a secret stands in a header of each webhook.

Two forms (providers.md 1.1): the static header `x-webhook-secret` of the webhook's own configuration, or Evolution's
`jwt_key`, an HS256 JWT under `Authorization: Bearer`. Evolution makes that JWT once for each event with 600 s to live
and sends it again through 20 minutes of retries; a 401 there would lose the event for good. So a late `exp` passes
when the signature is right.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping, Sequence
from typing import Final

import orjson

SECRET_HEADER: Final = "x-webhook-secret"  # noqa: S105 (the name of a header, no secret)
_BEARER: Final = "bearer "


def verify(headers: Mapping[str, str] | None, body: bytes, secrets: Sequence[str]) -> bool | None:
    """True for any of the live secrets (several during a rotation), False for none; None without header or secret.

    `body` is not signed by Evolution; it is an argument because every provider's verifier has this shape.
    """
    del body
    live = [secret for secret in secrets if secret]
    if not headers or not live:
        return None
    lowered = {name.lower(): value for name, value in headers.items()}
    static = lowered.get(SECRET_HEADER)
    authorization = lowered.get("authorization", "")
    token = authorization[len(_BEARER) :].strip() if authorization.lower().startswith(_BEARER) else ""
    # Every secret is tried, whatever the first says: the time taken tells nothing.
    verdicts = [_equal(static, secret) | _equal(token, secret) | _jwt_signed(token, secret) for secret in live]
    return any(verdicts)


def _equal(given: str | None, secret: str) -> bool:
    return bool(given) and hmac.compare_digest((given or "").encode(), secret.encode())


def _jwt_signed(token: str, key: str) -> bool:
    """HS256 and nothing else: the header's `alg` may not choose (`none` and RS256 confusion)."""
    signed, _, signature = token.rpartition(".")
    header, dot, _ = signed.partition(".")
    if not dot:
        return False
    try:
        stated = orjson.loads(_unpadded(header))
        given = _unpadded(signature)
    except (ValueError, binascii.Error):
        return False
    if not isinstance(stated, dict) or stated.get("alg") != "HS256":
        return False
    return hmac.compare_digest(hmac.digest(key.encode(), signed.encode(), "sha256"), given)


def _unpadded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
