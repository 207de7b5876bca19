from __future__ import annotations

import base64
import hmac

import orjson
import pytest

from gateways.evolution.verify import verify

LIVE = ["new-secret", "old-secret"]


def packed(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def jwt(key: str, *, alg: str = "HS256", exp: int = 0) -> str:
    head, claims = (
        packed(orjson.dumps({"alg": alg, "typ": "JWT"})),
        packed(orjson.dumps({"exp": exp, "app": "evolution"})),
    )
    signature = packed(hmac.digest(key.encode(), f"{head}.{claims}".encode(), "sha256"))
    return f"{head}.{claims}.{signature}"


def test_any_live_secret_in_the_header_is_enough() -> None:
    assert verify({"X-Webhook-Secret": "new-secret"}, b"{}", LIVE) is True
    assert verify({"x-webhook-secret": "old-secret"}, b"{}", LIVE) is True
    assert verify({"Authorization": "Bearer old-secret"}, b"{}", LIVE) is True


@pytest.mark.parametrize(
    "headers",
    [
        {"x-webhook-secret": "wrong"},
        {"x-webhook-secret": ""},
        {"x-webhook-secret": "new-secret "},
        {"content-type": "application/json"},
        {"authorization": "Basic bmV3LXNlY3JldA=="},
        {"authorization": "Bearer "},
        {"authorization": "Bearer a.b.c"},
        {"authorization": "Bearer ..é"},
        {"authorization": "new-secret"},
    ],
)
def test_anything_else_is_refused(headers: dict[str, str]) -> None:
    assert verify(headers, b"{}", LIVE) is False


def test_nothing_is_known_without_headers_or_secret() -> None:
    assert verify(None, b"{}", LIVE) is None
    assert verify({}, b"{}", LIVE) is None
    assert verify({"x-webhook-secret": "x"}, b"{}", []) is None
    assert verify({"x-webhook-secret": ""}, b"{}", [""]) is None


def test_a_jwt_that_expired_during_the_retries_still_counts() -> None:
    assert verify({"authorization": f"Bearer {jwt('old-secret', exp=1)}"}, b"{}", LIVE) is True


def test_a_jwt_of_another_key_or_algorithm_does_not() -> None:
    assert verify({"authorization": f"Bearer {jwt('other')}"}, b"{}", LIVE) is False
    assert verify({"authorization": f"Bearer {jwt('new-secret', alg='none')}"}, b"{}", LIVE) is False
    forged = jwt("new-secret").rpartition(".")[0] + "."
    assert verify({"authorization": f"Bearer {forged}"}, b"{}", LIVE) is False
    unreadable = f"{packed(b'[1]')}.{packed(b'{}')}.{packed(b'x')}"
    assert verify({"authorization": f"Bearer {unreadable}"}, b"{}", LIVE) is False
