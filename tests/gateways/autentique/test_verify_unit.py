from __future__ import annotations

import orjson
import pytest

from gateways.autentique.verify import signature, verify
from tests.gateways.autentique.bodies import CORPUS

BODY = b'{"event":{"id":"e1"}}'
LIVE = ["new-secret", "old-secret"]


def signed(secret: str, body: bytes = BODY) -> dict[str, str]:
    return {"X-Autentique-Signature": signature(body, secret)}


def test_any_live_secret_is_enough() -> None:
    assert verify(signed("new-secret"), BODY, LIVE) is True
    assert verify(signed("old-secret"), BODY, LIVE) is True
    assert verify({"x-autentique-signature": signature(BODY, "new-secret").upper()}, BODY, LIVE) is True


@pytest.mark.parametrize(
    "headers",
    [
        signed("other"),
        signed("new-secret", BODY + b" "),
        {"x-autentique-signature": ""},
        {"x-autentique-signature": "é\ud800"},
        {"x-autentique-signature": signature(BODY, "new-secret")[:-1]},
        {"content-type": "application/json"},
    ],
)
def test_anything_else_is_refused(headers: dict[str, str]) -> None:
    assert verify(headers, BODY, LIVE) is False


def test_nothing_is_known_without_headers_or_secret() -> None:
    assert verify(None, BODY, LIVE) is None
    assert verify({}, BODY, LIVE) is None
    assert verify(signed(""), BODY, [""]) is None, "an empty secret is none, whoever signs with it"


@pytest.mark.skipif(not CORPUS.exists(), reason="the vectors are not part of the repository")
def test_collected_vectors() -> None:
    found = orjson.loads((CORPUS / "vec_webhook_signature.json").read_bytes())
    for vector in found["vectors"]:
        headers = {found["header"]: vector["header_value"]}
        assert verify(headers, vector["raw_body"].encode(), [vector["secret"]]) is vector["valid"]
